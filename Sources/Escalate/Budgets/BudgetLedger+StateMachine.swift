// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Counts what a server has cost in each window, so that no limit is ever passed.
///
/// What a call may cost is taken before it leaves, and only from what disk already counts as spent: a block is
/// granted on disk at a time, so that few calls wait for the disk, and after a crash the rest of the block
/// counts as spent. A call that surely never left, and reply bytes that did not come, are given back; a call
/// whose outcome is unknown is not.
///
/// A window never goes back. While the wall clock is behind the window (a clock that was wrong, or not yet
/// set), the window goes on until its length has passed on the monotonic clock.
///
/// Pure: both clocks' times go in with each step; what must be written comes out as records.
struct BudgetLedger: Sendable {
    /// What one call takes.
    struct Cost: Equatable, Sendable {
        var calls: Int64 = 1
        var bytes: Int64 = 0
        var money: Int64 = 0

        func amount(of kind: BudgetKind) -> Int64 {
            switch kind {
            case .calls: calls
            case .bytes: bytes
            case .money: money
            }
        }
    }

    /// What a call has taken, and of which windows.
    struct Receipt: Equatable, Sendable {
        fileprivate(set) var cost: Cost
        fileprivate(set) var windows: [Int64]
    }

    /// Both clocks.
    struct Time: Sendable {
        var wall: WallTime
        var now: MonotonicInstant
    }

    enum Answer: Equatable, Sendable {
        case granted(Receipt)
        /// The disk has to be told first: `nextRecord`, then again.
        case wait
        case refused(Refusal)
    }

    /// A limit that a call would pass, and how long until that may have changed.
    struct Refusal: Error, Equatable, Sendable {
        var limit: BudgetLimit
        var wait: Interval
    }

    struct Line: Equatable, Sendable {
        let limit: BudgetLimit
        var number: Int64
        /// Taken and not given back.
        var used: Int64 = 0
        /// Taken by calls that are under way.
        var underWay: Int64 = 0
        /// What disk counts as spent; never less than `used` was when a call left.
        var durable: Int64 = 0
        /// Since when the wall clock has been behind the window.
        var behindSince: MonotonicInstant?

        /// How much more is granted on disk than is asked for: a hundredth, which a crash may cost.
        var block: Int64 { limit.amount / 100 }
        var left: Int64 { max(0, limit.amount - used) }
    }

    let zone: LocalZone
    private(set) var lines: [Line]
    /// The record that is being written, if one is.
    private(set) var writing: BudgetRecord?
    private(set) var isClosed = false
    /// From when to when no window turns, to skip the looking.
    private var steady: Range<Int64> = 0..<0

    init(_ options: BudgetOptions, record: BudgetRecord?, at time: Time) {
        zone = options.zone
        lines = options.limits.map { limit in
            let kept = record?.lines.first { $0.kind == limit.kind && $0.window == limit.window }
            let number = options.zone.number(of: limit.window, at: time.wall)
            guard let kept else { return Line(limit: limit, number: number) }
            return Line(
                limit: limit,
                number: kept.number,
                used: kept.granted,
                durable: kept.granted
            )
        }
        turn(to: time)
    }

    /// Begins anew what has run out.
    mutating func turn(to time: Time) {
        guard !steady.contains(time.wall.nanoseconds) else { return }
        var next = Int64.max
        var isBehind = false
        for index in lines.indices {
            let window = lines[index].limit.window
            let number = zone.number(of: window, at: time.wall)
            if number == lines[index].number {
                lines[index].behindSince = nil
            } else if number > lines[index].number || hasPassed(lines[index], at: time.now) {
                lines[index] = Line(limit: lines[index].limit, number: number)
            } else {
                lines[index].behindSince = lines[index].behindSince ?? time.now
                isBehind = true
            }
            let left = zone.remaining(of: window, at: time.wall)
            next = min(next, time.wall.nanoseconds &+ left.nanoseconds)
        }
        let from = time.wall.nanoseconds
        steady = isBehind || next <= from ? 0..<0 : from..<next
    }

    /// Why a call of at least `cost` would be refused now; nil when it would not.
    mutating func refusal(of cost: Cost, at time: Time) -> Refusal? {
        turn(to: time)
        var worst: Refusal?
        for line in lines where cost.amount(of: line.limit.kind) > line.left {
            // What is on the wire may give something back.
            let mayChange = line.left + line.underWay >= cost.amount(of: line.limit.kind)
            let turn = zone.remaining(of: line.limit.window, at: time.wall)
            let wait = mayChange && line.limit.kind == .bytes ? min(.seconds(1), turn) : turn
            if wait > worst?.wait ?? .zero { worst = Refusal(limit: line.limit, wait: wait) }
        }
        return worst
    }

    /// Takes what a call may cost.
    mutating func take(_ cost: Cost, at time: Time) -> Answer {
        if let refusal = refusal(of: cost, at: time) { return .refused(refusal) }
        guard !isClosed else { return .wait }
        for line in lines where line.used + cost.amount(of: line.limit.kind) > line.durable {
            return .wait
        }
        for index in lines.indices {
            let amount = cost.amount(of: lines[index].limit.kind)
            lines[index].used += amount
            lines[index].underWay += amount
        }
        return .granted(Receipt(cost: cost, windows: lines.map(\.number)))
    }

    /// Ends a call: it came to `actual`, which is not more than what was taken.
    mutating func settle(_ receipt: Receipt, actual: Cost) {
        for index in lines.indices where receipt.windows[index] == lines[index].number {
            let kind = lines[index].limit.kind
            let taken = receipt.cost.amount(of: kind)
            lines[index].used -= max(0, taken - actual.amount(of: kind))
            lines[index].underWay -= taken
        }
    }

    /// True when the next calls would soon have to wait for the disk.
    var wantsRecord: Bool {
        writing == nil && !isClosed
            && lines.contains { line in
                line.durable < line.limit.amount && line.durable - line.used < line.block / 2
            }
    }

    /// What to write so that calls which cost `demand` in all may leave; nil while one is being written.
    mutating func nextRecord(for demand: Cost) -> BudgetRecord? {
        guard writing == nil, !isClosed else { return nil }
        let record = BudgetRecord(
            lines: lines.map { line in
                let wanted = line.used + demand.amount(of: line.limit.kind) + line.block
                // A limit that was lowered keeps what was spent under the former.
                let granted = max(line.durable, min(line.limit.amount, wanted))
                return entry(of: line, granted: granted)
            }
        )
        writing = record
        return record
    }

    /// Takes in that the record is on disk, or is not.
    mutating func written(_ isDurable: Bool) {
        defer { writing = nil }
        guard isDurable, let writing, writing.lines.count == lines.count else { return }
        for (index, line) in writing.lines.enumerated() where line.number == lines[index].number {
            lines[index].durable = max(lines[index].durable, line.granted)
        }
    }

    /// Lets no more calls leave; what to write so that nothing unspent counts as spent.
    mutating func close() -> BudgetRecord {
        isClosed = true
        return BudgetRecord(lines: lines.map { entry(of: $0, granted: $0.used) })
    }

    private func entry(of line: Line, granted: Int64) -> BudgetRecord.Line {
        .init(
            kind: line.limit.kind,
            window: line.limit.window,
            number: line.number,
            granted: granted
        )
    }

    private func hasPassed(_ line: Line, at now: MonotonicInstant) -> Bool {
        guard let since = line.behindSince else { return false }
        let length: Interval =
            switch line.limit.window {
            case .minute: .seconds(60)
            case .hour: .seconds(3_600)
            case .day: .seconds(25 * 3_600)
            case .month: .seconds(31 * 86_400 + 3_600)
            }
        return now - since >= length
    }
}
