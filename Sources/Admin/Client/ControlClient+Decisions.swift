// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Synchronization

extension ControlClient {
    /// Something that came over the stream of decisions.
    public enum FeedEvent: Equatable, Sendable {
        /// A decision or a revision: one line of the decision log, in JSON.
        case decision([UInt8])
        /// So many decisions at most were missed, because we or the gateway were too slow.
        case lost(Int)
    }

    /// Decisions as they happen, until the gateway goes or the reader's task is cancelled.
    ///
    /// Ends with a `Failure` when there is no gateway or it refuses; without an error when the gateway
    /// stops. At most 4,096 events wait for a slow reader; what is lost beyond them is told.
    public func decisions(
        policy: String? = nil,
        route: String? = nil,
        device: String? = nil
    ) -> AsyncThrowingStream<FeedEvent, any Error> {
        let query = [("policy", policy), ("route", route), ("device", device)]
        return AsyncThrowingStream(bufferingPolicy: .bufferingOldest(4_096)) { continuation in
            let parser = Mutex(EventParser())
            let missed = Atomic<Int>(0)
            let task = Task {
                do throws(Failure) {
                    try await stream("/v1/decisions/stream", query: query) { part in
                        for event in parser.withLock({ $0.take(part) }) {
                            Self.yield(event, missed, continuation)
                        }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private static func yield(
        _ event: EventParser.Event,
        _ missed: borrowing Atomic<Int>,
        _ continuation: AsyncThrowingStream<FeedEvent, any Error>.Continuation
    ) {
        let told: FeedEvent
        switch event.name {
        case "decision": told = .decision(event.data)
        case "lost":
            let digits = event.data.drop { !(0x30...0x39).contains($0) }
                .prefix { (0x30...0x39).contains($0) }
            told = .lost(Int(String(decoding: digits, as: UTF8.self)) ?? 1)
        default: return
        }
        let before = missed.exchange(0, ordering: .relaxed)
        if before > 0, case .dropped = continuation.yield(.lost(before)) {
            missed.wrappingAdd(before, ordering: .relaxed)
        }
        if case .dropped = continuation.yield(told) { missed.wrappingAdd(1, ordering: .relaxed) }
    }
}
