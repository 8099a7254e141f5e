// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Logging

/// Tells the log how many dead letters have left for others, every ten seconds at most.
struct LetterLog {
    private static let pause: UInt64 = 10_000_000_000

    private var told: Int
    private var toldAt: UInt64?

    /// Makes one; `dropped` have left before.
    init(dropped: Int) {
        told = dropped
    }

    /// What is to be told at `uptime`, in nanoseconds; nil while there is nothing new, or too soon.
    mutating func news(dropped: Int, at uptime: UInt64) -> Int? {
        // A damaged file was replaced by one that counts anew.
        told = min(told, dropped)
        guard dropped > told else { return nil }
        if let toldAt, uptime < toldAt &+ Self.pause { return nil }
        defer { (told, toldAt) = (dropped, uptime) }
        return dropped - told
    }

    mutating func tell(_ totals: Totals, at uptime: UInt64, _ logger: Logger) {
        guard let left = news(dropped: totals.deadLettersDropped, at: uptime) else { return }
        logger.error(
            "dead letters are full, and older ones have left for newer ones",
            metadata: [
                "left": "\(left)", "letters": "\(totals.deadLetters.rows)",
                "advice":
                    "see `sluice spool ls --dead`, then requeue or purge; raise `spool.dead_letters`",
            ]
        )
    }
}
