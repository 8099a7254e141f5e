// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension EndpointState {
    /// Takes in what a call came to.
    mutating func finished(
        _ id: UInt64,
        _ outcome: Result<CloudAnswers, CallFailure>,
        at now: MonotonicInstant
    ) {
        guard let call = calls.removeValue(forKey: id) else { return }
        if call.isLive { liveCalls -= 1 }
        if let twin = call.twin { calls[twin]?.twin = nil }
        switch judged(outcome, of: call) {
        case .success(let reply):
            // What a live question waits is part of what the next one must expect; the backlog waits
            // because it is the backlog.
            let took = now - (call.isLive ? call.joined : call.started)
            latency.record(took, at: now)
            wire.record(now - call.started, at: now)
            if call.isHedge { counts.hedgesWon += 1 }
            if let twin = call.twin { cancel(twin, at: now) }
            let said = reply.refusal == nil ? CircuitBreaker.Outcome.success : .neither
            heard(said, in: now - call.started, permit: call.permit, at: now)
            // Real traffic says more than a probe would.
            nextProbe = now + jittered(probeInterval)
            deliver(reply, to: call, at: now)
        case .failure(let reason):
            if reason.isOverBudget {
                // It was never made.
                counts.calls -= 1
                counts.overBudget += call.ids.count
            } else {
                counts.failedCalls += 1
            }
            if reason.isTimeout {
                latency.record(timeout, at: now)
                wire.record(timeout, at: now)
            }
            if !reason.isOverBudget, let wait = reason.retryAfter { hold(for: wait, at: now) }
            let opened = heard(
                reason.countsAs,
                in: now - call.started,
                permit: call.permit,
                reason: reason,
                at: now
            )
            // The other call about the same questions may still be answered.
            if call.twin == nil {
                for id in call.ids { fail(id, reason, batch: call.ids.count, at: now) }
            }
            if opened {
                abandonWaiting(failure(.unavailable, "the circuit breaker has opened"))
            }
        }
    }

    /// Takes in what a probe came to, and why where it came to nothing.
    mutating func probed(
        isReady: Bool,
        because reason: String? = nil,
        in took: Interval,
        at now: MonotonicInstant
    ) {
        isProbing = false
        if !isReady {
            trouble = reason.map { Trouble(reason: $0, isOfCall: false) } ?? trouble
        } else if trouble?.isOfCall == false {
            trouble = nil
        } else if let known = trouble, !known.isReply, now - known.since >= Self.longestSilence {
            trouble?.calls = 0
        }
        let before = breaker.state
        breaker.probed(isReady: isReady, at: now)
        if breaker.state != before {
            latency.forgetCalls()
            wire.forgetCalls()
            actions.append(.note(.breaker(breaker.state, reason: "a probe succeeded")))
        }
        if isReady { latency.recordProbe(took, at: now) }
        follow(isReady ? .success : .failure, in: took)
        nextProbe = now + jittered(probeInterval)
        if case .open(let until) = breaker.phase { nextProbe = max(nextProbe, until) }
    }

    /// Tells breaker and uplink; true when the breaker has opened by it.
    @discardableResult
    private mutating func heard(
        _ outcome: CircuitBreaker.Outcome,
        in took: Interval,
        permit: CircuitBreaker.Permit,
        reason: CallFailure? = nil,
        at now: MonotonicInstant
    ) -> Bool {
        switch outcome {
        case .success: trouble = nil
        case .failure: trouble = reason.map { trouble(after: $0, at: now) } ?? trouble
        case .neither: break
        }
        let before = breaker.state
        breaker.record(outcome, permit: permit, at: now)
        follow(outcome, in: took)
        guard breaker.state != before else { return false }
        let why = reason?.message ?? "all trials succeeded"
        actions.append(.note(.breaker(breaker.state, reason: why)))
        guard case .open(let until) = breaker.phase else { return false }
        counts.breakerOpenings += 1
        nextProbe = min(until, now + jittered(probe.intervalWhenDown))
        return true
    }

    private func trouble(after reason: CallFailure, at now: MonotonicInstant) -> Trouble {
        Trouble(
            reason: reason.message,
            isOfCall: true,
            calls: reason.mayHaveBeenSent ? (trouble?.calls ?? 0) + 1 : 0,
            isReply: reason.isReply,
            since: now
        )
    }

    private mutating func follow(_ outcome: CircuitBreaker.Outcome, in took: Interval) {
        let before = uplink.state
        switch outcome {
        case .success: uplink.answered(in: took)
        case .failure: uplink.failed()
        case .neither: return
        }
        if uplink.state != before { actions.append(.note(.uplink(uplink.state))) }
    }

    private mutating func deliver(
        _ reply: CloudAnswers,
        to call: CallUnderWay,
        at now: MonotonicInstant
    ) {
        for (id, answer) in zip(call.ids, reply.answers) {
            guard let index = pending.index(forKey: id) else { continue }
            let asked = pending.values[index].asked
            switch answer {
            case .success(let answer):
                let verdict = Verdict(
                    label: answer.label,
                    confidence: answer.confidence,
                    endpoint: name,
                    model: reply.model,
                    latency: now - asked
                )
                settle(id, with: .success(verdict))
            case .failure(let refusal):
                actions.append(.note(.refused(refusal.message)))
                settle(id, with: .failure(failure(.refused, refusal.message)))
            }
        }
    }

    private mutating func fail(
        _ id: UInt64,
        _ reason: CallFailure,
        batch: Int,
        at now: MonotonicInstant
    ) {
        guard let entry = pending[id] else { return }
        if !reason.isRepeatable, batch > 1, !isStopped {
            // One bad question must not take the others with it: each goes alone.
            pending[id]?.isAlone = true
            pending[id]?.shape = WaitingLine.Shape(entry.question, alone: id)
            pending[id]?.joined = now
            line(id)
            return
        }
        if let wait = retryDelay(entry, after: reason, at: now) {
            counts.retries += 1
            pending[id]?.place = .backOff
            alarms.insert(.retry(id), at: now + wait)
            return
        }
        if reason.kind == .refused { actions.append(.note(.refused(reason.message))) }
        var failure = failure(
            reason.kind,
            reason.message,
            isRepeatable: reason.isRepeatable,
            retryAfter: reason.retryAfter
        )
        failure.refusesAll = reason.refusesAll
        failure.mayBeTriedAgain = reason.isRetryable && !entry.ownsRetries
        settle(id, with: .failure(failure))
    }

    /// How long to wait before the question is asked again; nil when it is not.
    private func retryDelay(
        _ entry: Pending,
        after reason: CallFailure,
        at now: MonotonicInstant
    ) -> Interval? {
        guard reason.isRetryable, entry.ownsRetries, entry.question.isLive, !entry.isAnswered,
            !isStopped,
            entry.attempts < retry.maximumAttempts
        else { return nil }
        var delay = retry.delay(after: entry.attempts, random: random())
        if let wait = reason.retryAfter { delay = max(delay, wait) }
        let end = entry.question.deadline ?? entry.asked + timeout
        return now + delay < end ? delay : nil
    }

    private mutating func hold(for wait: Interval, at now: MonotonicInstant) {
        let until = now + wait
        heldUntil = max(heldUntil ?? until, until)
    }

    private var probeInterval: Interval {
        let isWell = breaker.state == .closed && (uplink.state == .online || uplink.state == .slow)
        return isWell ? probe.interval : probe.intervalWhenDown
    }

    /// The interval, a quarter more or less.
    private func jittered(_ interval: Interval) -> Interval {
        Interval(nanoseconds: Int64(Double(interval.nanoseconds) * (0.75 + 0.5 * random())))
    }
}
