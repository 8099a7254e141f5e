// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Whether a sink is sent to now: all it takes, a little to find out, or nothing.
///
/// After a failure it is left alone, longer and longer, up to half a minute; what opens it is evidence:
/// a few lines that it takes, or a word that the way out is back. A store that refuses line after line
/// and takes none is taken to be wrong itself, over all its batches. Pure: outcomes and the time go in.
struct SinkPassage {
    /// What may be sent.
    enum Allowance: Equatable {
        /// As many lines as it takes.
        case full
        /// This few, to find out whether it is back.
        case probe(Int)
        /// Nothing for this long.
        case wait(Interval)
    }

    private static let probe = 8
    private static let longest = Interval.seconds(30)
    /// Lines refused with none taken in between, from which on the store is doubted.
    private static let doubt = 16

    /// Failures in a row.
    private(set) var failures = 0
    private var heldUntil: MonotonicInstant?
    /// The lines refused since one was taken, `doubt` of them at most.
    private var refused: Set<Int64> = []

    /// True when nothing that it refuses is blamed on the lines.
    var isDoubted: Bool { refused.count >= Self.doubt }

    /// What may be sent at `now`.
    func allowance(at now: MonotonicInstant) -> Allowance {
        if let heldUntil, now < heldUntil { return .wait(heldUntil - now) }
        return failures == 0 ? .full : .probe(Self.probe)
    }

    /// How long a line that a doubted store refused is put off, so that others are tried before it comes
    /// again: longer the longer the store takes none, five minutes at most.
    var putOff: Interval { .seconds(min(300, 30 * Int64(max(1, min(failures, 10))))) }

    /// The store refused these lines and took none with them.
    mutating func refuses(_ lines: some Sequence<Int64>) {
        for line in lines where !isDoubted { refused.insert(line) }
    }

    /// Lines were taken.
    mutating func stored() {
        refused = []
        failures = 0
        heldUntil = nil
    }

    /// Lines were not taken, for no fault of theirs; `random`, of 0..<1, spreads the tries.
    mutating func failed(at now: MonotonicInstant, retryAfter: Interval?, random: Double) {
        failures += 1
        let own = min(Self.longest, DrainPace.delay(attempts: failures - 1, random: random))
        heldUntil = now + max(own, min(retryAfter ?? .zero, .seconds(3_600)))
    }

    /// The way out is back: it is tried within a second.
    mutating func hope(at now: MonotonicInstant, random: Double) {
        guard let heldUntil else { return }
        let soon = now + .milliseconds(Int64(random * 1_000))
        self.heldUntil = min(heldUntil, soon)
    }
}
