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
///   ▲            │  ▲──────(something is still under way)───────────│
///   │            │  ▲──────(heard: anything else)──────────────────│
///   └────────────┴──────────(heard: the last answer)───────────────┘
/// ```
///
/// A broker may greet at once and answer slowly. Left for that, it has shown nothing of how long it takes, so
/// each time doubles the patience with the same question until it was answered once, as TCP backs off until
/// it has measured a round trip again (Karn and Partridge, "Improving round-trip time estimates in
/// reliable transport protocols", 1987; RFC 6298, section 5). Every question is asked again as soon as
/// the broker is back: one that was rightly left answers at once, and is left as soon the next time.
///
/// Events in, findings out; times are nanoseconds on a monotonic clock.
struct AnswerWatch: Sendable {
    /// What a broker must answer.
    struct Questions: OptionSet, Sendable {
        let rawValue: UInt8
        static let subscription = Questions(rawValue: 1)
        static let publication = Questions(rawValue: 2)
        /// Whether it is there; asked for the sake of the answer.
        static let presence = Questions(rawValue: 4)
        static let each = [subscription, publication, presence]
    }

    /// What has come from the broker.
    struct Heard: Sendable {
        /// Packets that are told of: greetings, messages, answers.
        var packets = 0
        /// How many of them answer whether it is there.
        var presences = 0
        /// What they answer.
        var answered: Questions = []
    }

    private enum Debt {
        case even
        case owed(since: Int64)
        case delivered(since: Int64)
    }

    /// No answer is late before this.
    static let shortestPatience: Int64 = 500_000_000
    /// Every answer is late after this.
    static let longestPatience: Int64 = 60_000_000_000
    /// A broker that never fell silent for less is not asked sooner.
    static let shortestQuiet: Int64 = 150_000_000
    /// How many times the slowest answer of late is waited for.
    private static let answers: Int64 = 4
    /// A silence of this many mean gaps is no accident: e⁻¹⁶ where messages come independently.
    private static let gaps: Int64 = 16
    /// Enough to double the shortest patience beyond the longest.
    private static let mostDoublings = 7

    private var debt = Debt.even
    private var owed: Questions = []
    private var owedSince: Int64 = 0
    private var silentSince: Int64 = 0
    private var slowest: Int64 = 0
    private var meanGap: Int64?
    private var lastHeard: Int64 = 0
    private var isConfirmed = false
    /// How often in a row it was left over each of `Questions.each`.
    private var leavings = [0, 0, 0]

    /// How long what is owed may take.
    var patience: Int64 {
        let usual = Self.answers &* min(slowest, Self.longestPatience)
        var doublings = 0
        for (place, question) in Questions.each.enumerated() where owed.contains(question) {
            doublings = max(doublings, leavings[place])
        }
        return min(max(Self.shortestPatience, usual) << doublings, Self.longestPatience)
    }

    /// How long nothing at all has come although something is owed.
    func silence(at now: Int64) -> Int64 { now - silentSince }

    /// The broker has accepted a new connection, `duration` after it was begun.
    mutating func connected(after duration: Int64, at now: Int64) {
        slowest = max(duration, slowest - slowest / 8)
        lastHeard = now
        debt = .even
        owed = []
        isConfirmed = false
    }

    /// This has come since it was called last.
    mutating func heard(_ heard: Heard, at now: Int64) {
        guard heard.packets > 0 else { return }
        take(heard.answered, at: now)
        isConfirmed = heard.presences == heard.packets
        guard !isConfirmed else { return }
        let gap = (now - lastHeard) / Int64(heard.packets)
        meanGap = meanGap.map { $0 + (gap - $0) / 8 } ?? gap
        lastHeard = now
    }

    private mutating func take(_ answered: Questions, at now: Int64) {
        for (place, question) in Questions.each.enumerated() where answered.contains(question) {
            leavings[place] = 0
        }
        guard !owed.isEmpty else { return }
        owed.subtract(answered)
        // Whatever comes is a sign of life.
        silentSince = now
        if owed.isEmpty {
            slowest = max(now - owedSince, slowest - slowest / 8)
            debt = .even
        } else {
            debt = .owed(since: now)
        }
    }

    /// The broker has been sent something that it must answer.
    mutating func owes(_ question: Questions, at now: Int64) {
        defer { owed.insert(question) }
        guard owed.isEmpty else { return }
        debt = .owed(since: now)
        owedSince = now
        silentSince = now
    }

    /// When a broker that sends nothing is to be asked whether it is there; nil when it need not be.
    var nextQuestion: Int64? {
        guard owed.isEmpty || wasLeft, !owed.contains(.presence), !isConfirmed else { return nil }
        let quiet = wasLeft ? 0 : max(Self.shortestQuiet, Self.gaps &* (meanGap ?? 0))
        return lastHeard &+ quiet
    }

    /// Whether the broker was left over its presence, and has not shown it since.
    private var wasLeft: Bool { leavings[2] > 0 }

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
            for (place, question) in Questions.each.enumerated() where owed.contains(question) {
                leavings[place] = min(leavings[place] + 1, Self.mostDoublings)
            }
            return true
        }
        debt = .delivered(since: now)
        return false
    }
}
