// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import Synchronization
import Vocabulary

/// What a lane did with its handler, and how the handler shall behave; shared with the test.
final class Record: Sendable {
    struct Received: Equatable {
        var topic: String
        var payload: String
        var qualityOfService: UInt8
        var isDuplicate: Bool
        var isRetained: Bool
    }

    enum Behaviour {
        /// Everything is complete as soon as it is received.
        case completes
        /// Everything needs a commit, which succeeds.
        case commits
        /// Everything needs a commit, which fails.
        case fails
    }

    struct State {
        var behaviour: Behaviour
        var messages: [Received] = []
        var bursts: [Int] = []
        var refused: [String] = []
        var connections: [String] = []
        var settles = 0
        var abandons = 0
        var closings = 0
    }

    // Written on the lane's thread, read by the test.
    let state: Mutex<State>

    init(_ behaviour: Behaviour) {
        state = Mutex(State(behaviour: behaviour))
    }

    var messages: [Received] { state.withLock { $0.messages } }
    var payloads: [String] { messages.map(\.payload) }
    var refused: [String] { state.withLock { $0.refused } }
    var abandons: Int { state.withLock { $0.abandons } }
    var connections: [String] { state.withLock { $0.connections } }

    func behave(_ behaviour: Behaviour) {
        state.withLock { $0.behaviour = behaviour }
    }
}

final class RecordingHandler: LaneHandler {
    private let record: Record
    private let time: any TimeSource
    private(set) var unsettledSince: MonotonicInstant?

    init(_ record: Record, time: any TimeSource) {
        self.record = record
        self.time = time
    }

    var isComplete: Bool {
        unsettledSince == nil || record.state.withLock { $0.behaviour } == .completes
    }

    func receive(_ batch: Batch) {
        unsettledSince = unsettledSince ?? time.now
        record.state.withLock { state in
            state.bursts.append(batch.messages.count)
            for message in batch.messages {
                state.messages.append(
                    Record.Received(
                        topic: message.topic.name,
                        payload: String(decoding: batch.payload(of: message), as: UTF8.self),
                        qualityOfService: message.qualityOfService,
                        isDuplicate: message.isDuplicate,
                        isRetained: message.isRetained
                    )
                )
            }
        }
    }

    func refuse(topic: Topic, reason: String, payloadPrefix: [UInt8]) {
        unsettledSince = unsettledSince ?? time.now
        record.state.withLock {
            $0.refused.append("\(topic.name): \(reason); \(payloadPrefix.count)")
        }
    }

    func settle() throws(SettleFailure) {
        let fails = record.state.withLock { state in
            if state.behaviour != .fails { state.settles += 1 }
            return state.behaviour == .fails
        }
        if fails { throw SettleFailure(kind: .storageFull, message: "no space left") }
        unsettledSince = nil
    }

    func abandon() {
        unsettledSince = nil
        record.state.withLock { $0.abandons += 1 }
    }

    func acknowledgementsLost() {
        record.state.withLock { $0.connections.append("acknowledgements lost") }
    }

    func redeliveriesEnded() {}

    func closing() {
        record.state.withLock { $0.closings += 1 }
    }

    func connected(sessionPresent: Bool, expectedSession: Bool, afterUncleanExit: Bool) {
        record.state.withLock {
            $0.connections.append(
                "present \(sessionPresent), expected \(expectedSession), unclean \(afterUncleanExit)"
            )
        }
    }
}
