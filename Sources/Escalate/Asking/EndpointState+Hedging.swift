// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Sending a slow call a second time: the first answer wins, the other call is given up and counted.
///
/// Each call earns a share of a hedge, ten can be saved up. None is sent while the breaker is not closed, while
/// the endpoint asks to be left alone, without room for a call, or when little is left of the budget.
extension EndpointState {
    /// A budget with less than this left is short: what is left is for questions, not for haste.
    static let shortBudget = 0.1
    private static let mostCredit = 10.0

    /// Sets the alarm after which a call counts as slow.
    mutating func watch(_ call: UInt64, at now: MonotonicInstant) {
        guard let hedging else { return }
        hedgeCredit = min(Self.mostCredit, hedgeCredit + hedging.share)
        switch hedging.after {
        case .fixed(let delay): alarms.insert(.hedge(call: call), at: now + delay)
        case .observed:
            let summary = wire.summary(at: now)
            guard summary.samples >= 20 else { return }
            alarms.insert(.hedge(call: call), at: now + summary.p95)
        }
    }

    /// Sends a call again that has become slow, when it may be.
    mutating func hedge(_ id: UInt64, at now: MonotonicInstant) {
        guard let call = calls[id], call.twin == nil, !call.isHedge, hedgeCredit >= 1,
            calls.count < maximumInFlight, breaker.state == .closed,
            heldUntil.map({ $0 <= now }) ?? true, isWaitedFor(call, at: now)
        else { return }
        if let budget = budget(), budget.refusal != nil || budget.share < Self.shortBudget {
            return
        }
        guard let permit = breaker.admit() else { return }
        let questions = call.ids.compactMap { pending[$0]?.question }
        // All or none: a reply has one answer for each question of its call.
        guard questions.count == call.ids.count else { return }
        let again = Call(id: nextID(), questions: questions, timeout: timeout)
        var twin = call
        twin.permit = permit
        twin.started = now
        twin.twin = id
        twin.isHedge = true
        calls[again.id] = twin
        calls[id]?.twin = again.id
        hedgeCredit -= 1
        if call.isLive { liveCalls += 1 }
        counts.hedges += 1
        counts.calls += 1
        counts.questionsSent += questions.count
        actions.append(.call(again))
    }

    /// Gives a call up whose outcome nobody needs; how long it took so far is known all the same.
    mutating func cancel(_ id: UInt64, at now: MonotonicInstant) {
        guard let call = calls.removeValue(forKey: id) else { return }
        if call.isLive { liveCalls -= 1 }
        if let twin = call.twin { calls[twin]?.twin = nil }
        // Without it a slow endpoint would look fast: only its quick answers would be counted.
        let took = now - call.started
        if took > wire.summary(at: now).p50 { wire.record(took, at: now) }
        breaker.record(.neither, permit: call.permit, at: now)
        counts.callsCancelled += 1
        actions.append(.cancel(id))
    }

    private func isWaitedFor(_ call: CallUnderWay, at now: MonotonicInstant) -> Bool {
        call.ids.contains { id in
            guard let entry = pending[id], !entry.isAnswered else { return false }
            return entry.question.deadline.map { $0 > now } ?? true
        }
    }
}
