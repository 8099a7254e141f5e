// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Spool
import Vocabulary

/// Which stored actions go out now: one row of a stream at a time, a few for each web server.
///
/// A receiver that does not answer takes its share of the room and no more, and is left alone for
/// longer and longer, so that what others are owed passes it. Pure: rows, outcomes and the time go in.
struct ActionTraffic {
    /// A row and what it holds.
    struct Load: Sendable {
        var row: SpoolRow
        var effect: Effect
        /// True when it is too old: nothing is sent, so its receiver has no part in it.
        var isOver: Bool
    }

    /// What is to be done with a row just taken.
    enum Admission: Equatable {
        case send
        /// It is sent when the row of its stream before it has arrived.
        case wait
        /// It goes back to the spool, not to be taken again for this long.
        case back(Interval)
    }

    /// How a try ended.
    enum End {
        case arrived
        /// Given up without asking the receiver.
        case dropped
        case failed
    }

    /// What follows from an end.
    struct Sequel {
        var next: Load?
        /// Rows that were waiting behind it and go back.
        var released: [Load] = []
        /// How long its receiver is left alone.
        var hold = Interval.zero
    }

    private struct Receiver {
        var inHand = 0
        var failures = 0
        var heldUntil: MonotonicInstant?
    }

    private static let callsForOne = 16
    private static let callsForAll = 32
    /// Rows of one stream in hand: calls are slow, publications are not.
    private static let callsInLine = 2
    private static let publicationsInLine = 16
    private static let busy = Interval.milliseconds(250)

    // A stream is here while a row of it is under way; the rows are those behind it.
    private var lines: [RowStream: [Load]] = [:]
    private var receivers: [String?: Receiver] = [:]
    private var calls = 0

    mutating func admit(_ load: Load, at now: MonotonicInstant) -> Admission {
        let stream = RowStream(load.row)
        let name = Self.receiver(load.effect)
        let receiver = receivers[name] ?? Receiver()
        if let line = lines[stream] {
            let limit = name == nil ? Self.publicationsInLine : Self.callsInLine
            guard line.count + 1 < limit, hasRoom(receiver, name) else { return .back(.zero) }
            lines[stream]?.append(load)
            count(load, 1)
            return .wait
        }
        guard !load.isOver else {
            lines[stream] = []
            return .send
        }
        if let heldUntil = receiver.heldUntil, now < heldUntil { return .back(heldUntil - now) }
        // After a failure one row finds out whether it is well again.
        guard hasRoom(receiver, name), receiver.failures == 0 || receiver.inHand == 0 else {
            return .back(Self.busy)
        }
        lines[stream] = []
        count(load, 1)
        return .send
    }

    /// `random`, of 0..<1, spreads the tries.
    mutating func settle(
        _ load: Load,
        _ end: End,
        at now: MonotonicInstant,
        random: Double
    ) -> Sequel {
        let stream = RowStream(load.row)
        let name = Self.receiver(load.effect)
        var sequel = Sequel()
        count(load, -1)
        switch end {
        case .arrived:
            receivers[name]?.failures = 0
            receivers[name]?.heldUntil = nil
        case .failed: sequel.hold = hold(name, at: now, random: random)
        case .dropped: break
        }
        let line = lines.removeValue(forKey: stream) ?? []
        let isHeld = receivers[name]?.heldUntil.map { now < $0 } ?? false
        if end != .failed, !isHeld, let next = line.first {
            sequel.next = next
            lines[stream] = Array(line.dropFirst())
        } else {
            sequel.released = line
            for other in line { count(other, -1) }
        }
        if let receiver = receivers[name], receiver.inHand == 0, receiver.failures == 0 {
            receivers[name] = nil
        }
        return sequel
    }

    /// Rows that were under way together and failed together are one failure.
    private mutating func hold(
        _ name: String?,
        at now: MonotonicInstant,
        random: Double
    ) -> Interval {
        var receiver = receivers[name] ?? Receiver()
        if let heldUntil = receiver.heldUntil, now < heldUntil { return heldUntil - now }
        receiver.failures += 1
        let hold = DrainPace.hold(failures: receiver.failures, random: random)
        receiver.heldUntil = now + hold
        receivers[name] = receiver
        return hold
    }

    private mutating func count(_ load: Load, _ change: Int) {
        guard !load.isOver else { return }
        let name = Self.receiver(load.effect)
        receivers[name, default: Receiver()].inHand += change
        if name != nil { calls += change }
    }

    private func hasRoom(_ receiver: Receiver, _ name: String?) -> Bool {
        name == nil || (receiver.inHand < Self.callsForOne && calls < Self.callsForAll)
    }

    /// The web server; nil for what the broker or the log takes.
    private static func receiver(_ effect: Effect) -> String? {
        guard case .webhook(let webhook) = effect.target else { return nil }
        return webhook.url
    }
}

/// Rows whose order is kept.
struct RowStream: Hashable {
    var priority: Priority
    var name: String

    init(_ row: SpoolRow) {
        priority = row.priority
        name = row.stream
    }
}

/// How often rows were put off for no fault of their own; in memory only, and bounded.
struct Patience {
    private static let limit = 65_536
    private var counts: [Int64: Int] = [:]

    /// Counts; answers how often it was put off before.
    mutating func tryAgain(_ id: Int64) -> Int {
        if counts.count >= Self.limit, counts[id] == nil { counts.removeAll() }
        defer { counts[id, default: 0] += 1 }
        return counts[id] ?? 0
    }

    mutating func forget(_ id: Int64) {
        counts[id] = nil
    }
}
