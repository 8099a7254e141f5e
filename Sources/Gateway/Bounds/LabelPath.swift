// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import Spool
import Vocabulary

/// The life of an operator's label inside its own lane: read, written down, acknowledged.
///
/// The decision log has it before the broker is told; a bad one goes to the dead letters with the
/// reason. Belongs to its lane's thread.
final class LabelPath: LaneHandler {
    private let name: String
    private let spool: SpoolStore
    private let trail: DecisionTrail
    private let time: any TimeSource
    private var change = SpoolChange()
    private(set) var unsettledSince: MonotonicInstant?

    init(name: String, parts: PathParts) {
        self.name = name
        spool = parts.spool
        trail = parts.trail
        time = parts.time
    }

    func receive(_ batch: Batch) {
        for message in batch.messages {
            unsettledSince = unsettledSince ?? batch.arrival
            let payload = batch.payload(of: message)
            do throws(OperatorLabel.Malformed) {
                trail.labelled(try OperatorLabel(parsing: payload))
            } catch {
                bury(message.topic, payload, code: .badLabel, error.message)
            }
        }
    }

    func refuse(topic: Topic, reason: String, payloadPrefix: [UInt8]) {
        unsettledSince = unsettledSince ?? time.now
        bury(topic, payloadPrefix, code: .tooLarge, reason)
    }

    /// Nothing is under way anywhere else: what is open can be settled at once.
    var isComplete: Bool { change.isEmpty }

    func settle() throws(SettleFailure) {
        trail.flush()
        if !change.isEmpty {
            do throws(SpoolError) {
                try spool.commit(change)
            } catch {
                throw SettleFailure(
                    kind: error.isFull ? .storageFull : .storageBroken,
                    message: error.description
                )
            }
        }
        abandon()
    }

    func abandon() {
        change = SpoolChange()
        unsettledSince = nil
    }

    func acknowledgementsLost() {}
    func redeliveriesEnded() {}
    func closing() { trail.flush() }
    func connected(sessionPresent: Bool, expectedSession: Bool, afterUncleanExit: Bool) {}

    private func bury(_ topic: Topic, _ payload: [UInt8], code: DeadLetterCode, _ text: String) {
        change.deadLetters.append(
            DeadLetter(
                time: time.wallTime,
                input: name,
                topic: topic.name,
                payload: payload,
                code: code,
                text: text
            )
        )
        trail.buried(code.rawValue, text)
    }
}
