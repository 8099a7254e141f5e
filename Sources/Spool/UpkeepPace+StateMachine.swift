// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// When the file is looked after: once a second however busy the committer is, told how long nothing
/// has been written.
///
/// Pure; times are nanoseconds of any clock that does not go back.
struct UpkeepPace {
    private static let period: UInt64 = 1_000_000_000

    private var last: UInt64
    private var hasWritten = false
    /// For how many turns nothing has been written.
    private(set) var idleTurns = 0

    init(now: UInt64) {
        last = now
    }

    /// How long until the next turn.
    func left(at now: UInt64) -> UInt64 {
        let passed = now >= last ? now - last : 0
        return passed >= Self.period ? 0 : Self.period - passed
    }

    /// Something was written; reading alone leaves the file idle.
    mutating func noteWrite() {
        hasWritten = true
    }

    /// True when it is the file's turn, which then begins.
    mutating func begins(at now: UInt64) -> Bool {
        guard left(at: now) == 0 else { return false }
        last = now
        idleTurns = hasWritten ? 0 : idleTurns + 1
        hasWritten = false
        return true
    }
}
