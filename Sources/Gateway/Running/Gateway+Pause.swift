// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Ingest
import Logging
public import Spool
import Synchronization
import Vocabulary

/// A pause of all inputs that a person has ordered.
public struct InputPause: Codable, Equatable, Sendable {
    /// Who has: how the caller is known.
    public var by: String
    /// Why, in their words; absent where they gave none.
    public var why: String?
    /// Since when, RFC 3339.
    public var since: String

    /// Makes an order.
    public init(by: String, why: String?, since: String) {
        (self.by, self.why, self.since) = (by, why, since)
    }

    /// What the state says of it.
    var sentence: String {
        "the inputs are paused by order since \(since) (\(by))" + (why.map { ": \($0)" } ?? "")
    }
}

/// The pause in force, if any.
///
/// It is kept in the spool, so that a restart does not end what a person has ordered.
final class PauseDesk: Sendable {
    private static let key = "pause"

    private let spool: SpoolStore
    // Read by whoever reports; held for a load.
    private let order: Mutex<InputPause?>
    /// Held while an order is written down: one after the other.
    private let writing = Mutex<Void>(())

    /// Reads what an earlier run was told; an order that does not read is none.
    init(_ spool: SpoolStore) throws(SpoolError) {
        self.spool = spool
        let kept = try spool.meta(Self.key)
        order = Mutex(kept.flatMap { try? JSONDecoder().decode(InputPause.self, from: Data($0)) })
    }

    /// The order in force.
    var current: InputPause? { order.withLock { $0 } }

    /// Writes an order down, or its end, and has `follow` done; throws where it cannot be written, and
    /// nothing has changed then.
    func set(_ new: InputPause?, follow: () -> Void) throws(SpoolError) {
        try writing.withLock { _ throws(SpoolError) in
            var change = SpoolChange()
            let value = try? new.map { Array(try JSONEncoder().encode($0)) }
            change.meta.append(.init(key: Self.key, value: value))
            try spool.commit(change)
            order.withLock { $0 = new }
            follow()
        }
    }
}

extension Gateway {
    /// The pause that a person has ordered; nil while there is none; any thread.
    public var inputPause: InputPause? { pauses.current }

    /// Has all inputs leave the broker once what they have received is settled; blocks for the disk.
    ///
    /// What was ordered before is replaced. Everything else goes on: questions, rows, actions. It holds over
    /// restarts, until `resumeInputs`. Throws where it cannot be written down; nothing is paused then.
    @discardableResult
    public func pauseInputs(by: String, why: String?) throws(SpoolError) -> InputPause {
        let since = pauses.current?.since ?? parts.time.wallTime.rfc3339
        let order = InputPause(by: by, why: why, since: since)
        try pauses.set(order) { for lane in lanes { lane.hold(true) } }
        logger.warning(
            "inputs are paused by order",
            metadata: ["by": "\(by)", "why": "\(why ?? "not said")"]
        )
        return order
    }

    /// Has the inputs go on; the pause that ends, or nil where there was none; blocks for the disk.
    @discardableResult
    public func resumeInputs(by: String) throws(SpoolError) -> InputPause? {
        guard let order = pauses.current else { return nil }
        try pauses.set(nil) { for lane in lanes { lane.hold(false) } }
        logger.notice(
            "inputs go on by order",
            metadata: ["by": "\(by)", "paused_since": "\(order.since)", "paused_by": "\(order.by)"]
        )
        return order
    }

    /// Follows what an earlier run was told; before the lanes are started.
    func keepPause() {
        guard let order = pauses.current else { return }
        for lane in lanes { lane.hold(true) }
        logger.warning(
            "inputs stay paused, as was ordered before this start; `sluice resume` lets them go on",
            metadata: [
                "since": "\(order.since)", "by": "\(order.by)",
                "why": "\(order.why ?? "not said")",
            ]
        )
    }
}
