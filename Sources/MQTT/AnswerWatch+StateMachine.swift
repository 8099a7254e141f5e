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
/// A broker may greet at once and still be slow to answer, and left for that would never be waited for long
/// enough. So what comes after it was left tells whether that was right: work within the patience says that
/// it was; anything else doubles the patience.
///
/// Events in, findings out; times are nanoseconds on a monotonic clock.
struct AnswerWatch: Sendable {
    /// What has come from the broker, counted.
    struct Heard: Sendable {
        /// Packets that are told of: greetings, messages, answers.
        var packets = 0
        /// How many of them answer the question whether it is there.
        var answers = 0
        /// How many of them are what the connection is for: messages, and acknowledgements of ours.
        var work = 0

        static func - (left: Heard, right: Heard) -> Heard {
            Heard(
                packets: left.packets - right.packets,
                answers: left.answers - right.answers,
                work: left.work - right.work
            )
        }
    }

    private enum Debt {
        case even
        case owed(since: Int64)
        case delivered(since: Int64)
    }

    /// How the last time ended that a broker was left for its silence.
    private enum Leaving {
        case never
        case gone
        case back(since: Int64)
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
    private static let mostMistakes = 7

    private var debt = Debt.even
    private var owedSince: Int64 = 0
    private var slowest: Int64 = 0
    private var meanGap: Int64?
    private var lastHeard: Int64 = 0
    private var isConfirmed = false
    private var leaving = Leaving.never
    private var mistakes = 0

    /// How long an answer may take.
    var patience: Int64 {
        let usual = Self.answers &* min(slowest, Self.longestPatience)
        return min(max(Self.shortestPatience, usual) << mistakes, Self.longestPatience)
    }

    /// How long nothing has come although something is owed.
    func silence(at now: Int64) -> Int64 { now - owedSince }

    /// The broker has accepted a new connection, `duration` after it was begun.
    mutating func connected(after duration: Int64, at now: Int64) {
        slowest = max(duration, slowest - slowest / 8)
        lastHeard = now
        debt = .even
        isConfirmed = false
        if case .gone = leaving { leaving = .back(since: now) }
    }

    /// This has come since it was called last.
    mutating func heard(_ heard: Heard, at now: Int64) {
        guard heard.packets > 0 else { return }
        judge(heard, at: now)
        if case .even = debt {} else { slowest = max(now - owedSince, slowest - slowest / 8) }
        debt = .even
        isConfirmed = heard.answers == heard.packets
        guard !isConfirmed else { return }
        let gap = (now - lastHeard) / Int64(heard.packets)
        meanGap = meanGap.map { $0 + (gap - $0) / 8 } ?? gap
        lastHeard = now
    }

    /// Whether it was right to leave the broker the last time.
    private mutating func judge(_ heard: Heard, at now: Int64) {
        if heard.answers > 0 { mistakes = 0 }
        guard case .back(let since) = leaving, heard.work > 0 else { return }
        leaving = .never
        if now - since <= patience { mistakes = 0 } else { addMistake() }
    }

    private mutating func addMistake() { mistakes = min(mistakes + 1, Self.mostMistakes) }

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
            if case .back = leaving { addMistake() }
            leaving = .gone
            return true
        }
        debt = .delivered(since: now)
        return false
    }
}
