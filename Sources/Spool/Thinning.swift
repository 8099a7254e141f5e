// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB

/// How far the class of audits is thinned, so that what is left of it stays a fair sample.
///
/// An audit's `NewEntry.stream` is its class of the draw, a number: class k holds the draws of a uniform
/// v in 2^-(k+1) ≤ v < 2^-k. At level n only classes n and above are kept, so each audit is there with
/// the chance 2^-n, whatever it says and whenever it came. The level depends on draws only through how
/// many there are, so weighting by the inverse of that chance is unbiased (adaptive sampling: P. Flajolet,
/// "On adaptive sampling", Computing 34, 1990; D. Ting, "Adaptive threshold sampling", SIGMOD 2022).
struct Thinning: Equatable {
    /// Beyond this nothing would be left of any class.
    static let most = 62
    /// How long an empty class waits before the level goes down by one, on the spool's clock.
    private static let patience: Int64 = 60_000_000_000

    private(set) var level = 0
    private var changed: Int64 = 0
    private var isDirty = false

    /// The class that an audit's stream names; one that is no number is never thinned.
    static func drawClass(of stream: String?) -> Int {
        stream.flatMap { Int($0) } ?? most
    }

    /// One step further; false at the end.
    mutating func raise(at now: Int64) -> Bool {
        guard level < Self.most else { return false }
        level += 1
        changed = now
        isDirty = true
        return true
    }

    /// One step back, once the class is empty and the last change is a minute ago: no row is left that
    /// was kept by a higher level.
    mutating func relax(at now: Int64) {
        guard level > 0, now &- changed >= Self.patience else { return }
        level -= 1
        changed = now
        isDirty = true
    }

    static func load(_ db: Database) throws -> Thinning {
        var thinning = Thinning()
        thinning.level = min(max(0, try Totals.number(levelName, db)), most)
        thinning.changed = Int64(try Totals.number(changedName, db))
        return thinning
    }

    mutating func store(_ db: Database) throws {
        guard isDirty else { return }
        try Totals.setNumber(Self.levelName, level, db)
        try Totals.setNumber(Self.changedName, Int(changed), db)
        isDirty = false
    }

    private static let levelName = "audit_level"
    private static let changedName = "audit_level_changed"
}
