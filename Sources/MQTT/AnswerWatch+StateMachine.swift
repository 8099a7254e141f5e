// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Notices a broker that answers nothing although everything has reached it.
///
/// TCP keeps a connection up whose other end hangs, or waits for the rest of a TLS record whose length
/// was damaged on the way; the keep-alive finds out after up to twice its time. Where an answer is owed,
/// this finds out in a fraction of a second. What is too long follows the broker, as in adaptive failure
/// detectors (Chen, Toueg and Aguilera, "On the quality of service of failure detectors", 2002): several
/// times its slowest answer of late. Nothing is concluded while something of ours is still under way.
///
/// ```
/// even ──owes──▶ owed ──(half the patience, all delivered)──▶ delivered ──(the other half)──▶ stuck
///   ▲             │  ▲────(something is still under way)──────────│
///   └────heard────┴───────────────────────heard───────────────────┘
/// ```
///
/// Events in, findings out; times are nanoseconds on a monotonic clock.
struct AnswerWatch: Sendable {
    private enum Debt {
        case even
        case owed(since: Int64)
        case delivered(since: Int64)
    }

    /// No answer is late before this.
    static let shortestPatience: Int64 = 500_000_000
    /// A broker that never fell silent for less is not asked sooner.
    static let shortestQuiet: Int64 = 150_000_000
    /// How many times the slowest answer of late is waited for.
    private static let answers: Int64 = 4
    /// A silence of this many mean gaps is no accident: e⁻¹⁶ where messages come independently.
    private static let gaps: Int64 = 16

    /// The most that a broker is credited with for having been left too soon.
    private static let longestLesson: Int64 = 5_000_000_000

    /// True where a broker that was left for its silence is given more time when it is back: for who asks it
    /// to do work, such as storing a message, which may always take longer than its greeting did.
    var learns = false
    private var debt = Debt.even
    private var owedSince: Int64 = 0
    private var slowest: Int64 = 0
    private var meanGap: Int64?
    private var lastHeard: Int64 = 0
    private var isConfirmed = false

    /// How long an answer may take.
    var patience: Int64 { max(Self.shortestPatience, Self.answers &* slowest) }

    /// The broker has accepted a new connection, `duration` after it was begun.
    mutating func connected(after duration: Int64, at now: Int64) {
        slowest = max(duration, slowest - slowest / 8)
        lastHeard = now
        debt = .even
        isConfirmed = false
    }

    /// `packets` have come since this was called last, of which `answers` answer a question of ours.
    mutating func heard(_ packets: Int, answers: Int, at now: Int64) {
        guard packets > 0 else { return }
        if case .even = debt {} else { slowest = max(now - owedSince, slowest - slowest / 8) }
        debt = .even
        isConfirmed = answers == packets
        guard !isConfirmed else { return }
        let gap = (now - lastHeard) / Int64(packets)
        meanGap = meanGap.map { $0 + (gap - $0) / 8 } ?? gap
        lastHeard = now
    }

    /// The broker has been sent something that it must answer.
    mutating func owes(at now: Int64) {
        guard case .even = debt else { return }
        debt = .owed(since: now)
        owedSince = now
    }

    /// When a broker that sends nothing is to be asked whether it is there; nil when it need not be.
    var nextQuestion: Int64? {
        guard case .even = debt, !isConfirmed else { return nil }
        return lastHeard &+ max(Self.shortestQuiet, Self.gaps &* (meanGap ?? 0))
    }

    /// When to call `isStuck` next; nil when nothing is owed.
    var nextLook: Int64? {
        switch debt {
        case .even: nil
        case .owed(let since), .delivered(let since): since &+ patience / 2
        }
    }

    /// Whether the broker has stopped answering; `isDelivered` says that its machine has all that was sent.
    mutating func isStuck(at now: Int64, isDelivered: Bool) -> Bool {
        guard let nextLook, now >= nextLook else { return false }
        guard isDelivered else {
            debt = .owed(since: now)
            return false
        }
        if case .delivered = debt {
            if learns { slowest = max(slowest, min(now - owedSince, Self.longestLesson)) }
            return true
        }
        debt = .delivered(since: now)
        return false
    }
}
