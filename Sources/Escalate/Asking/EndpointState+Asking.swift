// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension EndpointState {
    /// Takes a question in and gives the number it is known by here, or says why not.
    mutating func accept(
        _ question: Question,
        delivery: Delivery,
        manner: Manner = Manner(),
        at now: MonotonicInstant
    ) -> Result<UInt64, EscalationFailure> {
        let budget = budget()
        if let refusal = refusal(isLive: question.isLive, at: now, budget) {
            if budget?.refusal != nil { counts.overBudget += 1 }
            return .failure(refusal)
        }
        if let refusal = tooLate(question, at: now) {
            counts.tooLate += 1
            return .failure(refusal)
        }
        counts.asked += 1
        let id = nextID()
        let shape = WaitingLine.Shape(question)
        pending[id] = Pending(
            question: question,
            delivery: delivery,
            shape: shape,
            asked: now,
            joined: now,
            ownsRetries: manner.ownsRetries
        )
        if question.isLive { liveQuestions += 1 }
        if manner.isRepeat {
            pending[id]?.attempts = 1
            pending[id]?.place = .backOff
            counts.retries += 1
            alarms.insert(.retry(id), at: now + retry.delay(after: 1, random: random()))
        } else {
            line(id, shape, isLive: question.isLive)
        }
        if let deadline = question.deadline {
            setAlarm(id, for: deadline, at: now)
        } else {
            alarms.insert(.patience(id), at: now + timeout)
        }
        return .success(id)
    }

    /// Lets go of a question that another endpoint has answered; nothing more is said about it.
    mutating func withdraw(_ id: UInt64, at now: MonotonicInstant) {
        guard let entry = pending.removeValue(forKey: id) else { return }
        if entry.question.isLive { liveQuestions -= 1 }
        live.remove(id, shape: entry.shape)
        backlog.remove(id, shape: entry.shape)
        let idle = calls.filter { _, call in
            call.ids.contains(id) && call.ids.allSatisfy { pending[$0] == nil }
        }
        for call in idle.keys.sorted() { cancel(call, at: now) }
    }

    /// Why a live question would not be answered in time, going by what calls take; nil when it may.
    ///
    /// From half of the calls on: the other half would be paid for and come too late to act on.
    mutating func tooLate(
        _ question: Question,
        at now: MonotonicInstant
    ) -> EscalationFailure? {
        guard question.isLive, let deadline = question.deadline, deadline > now else { return nil }
        let summary = wire.summary(at: now)
        guard summary.samples >= 8, summary.p50 > deadline - now else { return nil }
        return failure(.unavailable, "answers take longer than the time that is left")
    }

    /// Does what is due, alarms, new calls, a probe; results are in `actions`.
    mutating func advance(to now: MonotonicInstant) {
        guard !isStopped else { return }
        while let alarm = alarms.popDue(at: now) {
            switch alarm {
            case .deadline(let id): checkDeadline(id, at: now)
            case .patience(let id): patienceEnded(id)
            case .retry(let id): rejoin(id, at: now)
            case .hedge(let call): hedge(call, at: now)
            }
        }
        if let heldUntil, heldUntil <= now { self.heldUntil = nil }
        if !(live.isEmpty && backlog.isEmpty), let refusal = budget()?.refusal {
            counts.overBudget += live.count + backlog.count
            abandonWaiting(overBudget(refusal))
        }
        while heldUntil == nil, let call = nextCall(at: now) {
            actions.append(.call(call))
        }
        if !isProbing, nextProbe <= now {
            isProbing = true
            counts.probes += 1
            actions.append(.probe)
        }
    }

    /// Gives up everything that waits; calls under way end by themselves.
    mutating func stop() {
        isStopped = true
        abandonWaiting(failure(.unavailable, "shutting down"))
    }

    /// Puts a pending question at the end of its line.
    mutating func line(_ id: UInt64) {
        guard let index = pending.index(forKey: id) else { return }
        pending.values[index].place = .line
        let entry = pending.values[index]
        line(id, entry.shape, isLive: entry.question.isLive)
    }

    private mutating func line(_ id: UInt64, _ shape: WaitingLine.Shape, isLive: Bool) {
        if isLive {
            live.append(id, shape: shape)
        } else {
            backlog.append(id, shape: shape)
        }
    }

    /// Fails everything in line or backing off.
    mutating func abandonWaiting(_ failure: EscalationFailure) {
        _ = live.removeAll()
        _ = backlog.removeAll()
        let waiting = pending.filter { $0.value.place != .wire }.keys.sorted()
        for id in waiting { settle(id, with: .failure(failure)) }
    }

    /// Delivers a question's outcome: its answer, or what comes after `deadline`.
    mutating func settle(_ id: UInt64, with outcome: Result<Verdict, EscalationFailure>) {
        guard let entry = pending.removeValue(forKey: id) else { return }
        if entry.question.isLive { liveQuestions -= 1 }
        counts.count(outcome, isLate: entry.isAnswered)
        if entry.isAnswered {
            actions.append(.late(entry.question, entry.delivery, outcome))
        } else {
            actions.append(.answer(entry.question, entry.delivery, outcome))
        }
    }

    /// How long a call may take: where nobody wants a late answer, no longer than somebody waits.
    private func patience(_ questions: [Question], at now: MonotonicInstant) -> Interval {
        var longest = Interval.zero
        for question in questions {
            guard !question.wantsLateAnswer, let deadline = question.deadline else {
                return timeout
            }
            longest = max(longest, deadline - now)
        }
        return min(timeout, max(.milliseconds(1), longest))
    }

    /// Questions that would be answered too late are not sent: somebody else may be quicker.
    private mutating func giveBackTooLate(at now: MonotonicInstant) {
        while let id = live.first, let entry = pending[id], !entry.isAlone,
            let refusal = tooLate(entry.question, at: now)
        {
            live.remove(id, shape: entry.shape)
            counts.tooLate += 1
            settle(id, with: .failure(refusal))
        }
    }

    private mutating func nextCall(at now: MonotonicInstant) -> Call? {
        guard calls.count < maximumInFlight else { return nil }
        giveBackTooLate(at: now)
        guard !(live.isEmpty && backlog.isEmpty) else { return nil }
        let isLive = !live.isEmpty
        // The backlog leaves half of the room to live traffic, which may come at any moment.
        guard isLive || calls.count - liveCalls < max(1, maximumInFlight / 2),
            let permit = breaker.admit()
        else { return nil }
        let ids = isLive ? live.next(maximumBatch) : backlog.next(maximumBatch)
        var questions: [Question] = []
        questions.reserveCapacity(ids.count)
        var joined = now
        for id in ids {
            guard let index = pending.index(forKey: id) else { continue }
            pending.values[index].place = .wire
            pending.values[index].attempts += 1
            questions.append(pending.values[index].question)
            joined = min(joined, pending.values[index].joined)
        }
        let call = Call(id: nextID(), questions: questions, timeout: patience(questions, at: now))
        calls[call.id] = CallUnderWay(
            ids: ids,
            isLive: isLive,
            permit: permit,
            started: now,
            joined: joined
        )
        if isLive {
            liveCalls += 1
            watch(call.id, at: now)
        }
        counts.calls += 1
        counts.questionsSent += ids.count
        return call
    }

    /// Alarms are not taken back, so a far deadline is looked at in steps: what was answered long ago
    /// must not fill the heap.
    private mutating func setAlarm(
        _ id: UInt64,
        for deadline: MonotonicInstant,
        at now: MonotonicInstant
    ) {
        alarms.insert(.deadline(id), at: min(deadline, now + .seconds(5)))
    }

    private mutating func checkDeadline(_ id: UInt64, at now: MonotonicInstant) {
        guard let entry = pending[id], !entry.isAnswered else { return }
        if let deadline = entry.question.deadline, deadline > now {
            setAlarm(id, for: deadline, at: now)
            return
        }
        let passed = failure(.deadline, "no answer before the deadline")
        counts.count(.failure(passed), isLate: false)
        actions.append(.answer(entry.question, entry.delivery, .failure(passed)))
        pending[id]?.isAnswered = true
        // One that a shared request was refused for is asked alone, however late: it alone can tell
        // which of them is to blame.
        guard entry.place != .wire, !entry.isAlone else { return }
        giveUp(id, "was still waiting when its deadline passed")
    }

    private mutating func patienceEnded(_ id: UInt64) {
        guard let entry = pending[id], entry.place != .wire else { return }
        giveUp(id, "had no room in time")
    }

    private mutating func giveUp(_ id: UInt64, _ message: String) {
        guard let entry = pending[id] else { return }
        live.remove(id, shape: entry.shape)
        backlog.remove(id, shape: entry.shape)
        settle(id, with: .failure(failure(.unavailable, message)))
    }

    private mutating func rejoin(_ id: UInt64, at now: MonotonicInstant) {
        guard pending[id]?.place == .backOff else { return }
        pending[id]?.joined = now
        line(id)
    }
}
