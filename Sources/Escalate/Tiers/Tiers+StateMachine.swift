// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The way of one question through its endpoints, best first.
///
/// | event | what follows |
/// |---|---|
/// | an endpoint does not take it, or fails | the next that was not tried is asked |
/// | none is left | the first that failed, and may be asked again, gets it back; else the failure is the answer |
/// | an endpoint's share of the time is over | the next is asked as well |
/// | an endpoint answers | that is the answer, and the others are told to leave it |
/// | the deadline passes | `deadline` is the answer, once; the first answer after it, or the last failure, is the late outcome |
/// | an endpoint says that the question is to blame | the next is asked; that is the answer only where every one says so |
///
/// Pure: what endpoints say goes in, what to do next comes out, in order.
struct Tiers: Sendable {
    enum Action: Sendable {
        /// To be asked; `refused` or `heard` follows. `ownsRetries` when nobody else is left to ask,
        /// `isRepeat` when it has failed before and is to wait a moment.
        case ask(tier: Int, ownsRetries: Bool, isRepeat: Bool)
        /// Nobody waits for its answer any more.
        case withdraw(tier: Int)
        case answer(Result<Verdict, EscalationFailure>)
        case late(Result<Verdict, EscalationFailure>)
    }

    private enum Standing {
        case untried
        /// Asked, and its last word is not in.
        case asked
        /// Failed without having tried again by itself, so that it may.
        case mayRepeat
        case ended
    }

    private enum Phase {
        case open
        /// The caller has heard `deadline` and is owed the late outcome.
        case lateOwed
        case over
    }

    private var standings: [Standing]
    /// Whether each was asked as the one that is left: it tries again by itself.
    private var ownsRetries: [Bool]
    private var phase = Phase.open
    /// In their order.
    private var failures: [(tier: Int, failure: EscalationFailure)] = []

    init(count: Int) {
        standings = Array(repeating: .untried, count: count)
        ownsRetries = Array(repeating: false, count: count)
    }

    /// True when the caller has heard its last word.
    var isOver: Bool { phase == .over }

    /// How many endpoints were not asked yet.
    var untried: Int { standings.count { $0 == .untried } }

    /// True while an endpoint is asked whose last word is not in.
    func isAsked(_ tier: Int) -> Bool { standings[tier] == .asked }

    /// Begins with the best.
    mutating func begin() -> [Action] {
        next()
    }

    /// An endpoint did not take the question.
    mutating func refused(_ tier: Int, _ failure: EscalationFailure) -> [Action] {
        ended(tier, failure, mayRepeat: false)
    }

    /// An endpoint's share of the time is over without a word from it.
    mutating func becameImpatient(with tier: Int) -> [Action] {
        guard phase == .open, standings[tier] == .asked, untried > 0 else { return [] }
        return next()
    }

    /// An endpoint has said something: its answer, or what comes after `deadline`.
    mutating func heard(_ tier: Int, _ result: Result<Verdict, EscalationFailure>) -> [Action] {
        guard phase != .over, standings[tier] == .asked else { return [] }
        switch result {
        case .success:
            standings[tier] = .ended
            return conclude(result)
        case .failure(let failure) where failure.kind == .deadline:
            guard phase == .open else { return [] }
            phase = .lateOwed
            return [.answer(result)]
        case .failure(let failure):
            return ended(tier, failure, mayRepeat: failure.mayBeTriedAgain)
        }
    }

    private mutating func ended(
        _ tier: Int,
        _ failure: EscalationFailure,
        mayRepeat: Bool
    ) -> [Action] {
        standings[tier] = mayRepeat && !ownsRetries[tier] ? .mayRepeat : .ended
        failures.append((tier, failure))
        guard phase == .open else {
            return standings.contains(.asked) ? [] : conclude(.failure(outcome))
        }
        // One that is still asked may answer; the next is asked beside it all the same.
        return next()
    }

    /// Asks whoever is next; without anybody, and with nobody asked, that is the answer.
    private mutating func next() -> [Action] {
        let isLast = untried <= 1 && !standings.contains(.asked)
        if let tier = standings.firstIndex(of: .untried) {
            standings[tier] = .asked
            ownsRetries[tier] = isLast
            return [.ask(tier: tier, ownsRetries: isLast, isRepeat: false)]
        }
        guard !standings.contains(.asked) else { return [] }
        if let tier = standings.firstIndex(of: .mayRepeat) {
            standings[tier] = .asked
            ownsRetries[tier] = true
            return [.ask(tier: tier, ownsRetries: true, isRepeat: true)]
        }
        return conclude(.failure(outcome))
    }

    private mutating func conclude(_ result: Result<Verdict, EscalationFailure>) -> [Action] {
        let word: Action = phase == .open ? .answer(result) : .late(result)
        phase = .over
        var actions = [word]
        for tier in standings.indices where standings[tier] == .asked {
            standings[tier] = .ended
            actions.append(.withdraw(tier: tier))
        }
        return actions
    }

    /// What they came to together, with the shortest wait that any asks for.
    ///
    /// The question is to blame only where every endpoint says so; else the first reason is the answer,
    /// one that has nothing to do with the question before one that may.
    private var outcome: EscalationFailure {
        guard let first = failures.first?.failure else {
            return EscalationFailure(.unavailable, "the question names no endpoint")
        }
        let blaming = Set(failures.lazy.filter { !$0.failure.isRepeatable }.map(\.tier))
        if blaming.count == standings.count { return first }
        let others = failures.lazy.map(\.failure).filter(\.isRepeatable)
        var outcome = others.first { $0.kind != .refused } ?? others.first ?? first
        outcome.isRepeatable = true
        let waits = failures.map { $0.failure.retryAfter ?? .zero }
        if outcome.retryAfter != nil, let least = waits.min() { outcome.retryAfter = least }
        return outcome
    }
}
