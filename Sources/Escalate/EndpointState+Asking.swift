// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension EndpointState {
    /// Takes a question in, or says why not.
    mutating func accept(
        _ question: Question,
        delivery: Delivery,
        at now: MonotonicInstant
    ) -> EscalationFailure? {
        if let refusal = refusal(isLive: question.isLive, at: now) { return refusal }
        counts.asked += 1
        let id = nextID()
        let shape = WaitingLine.Shape(question)
        pending[id] = Pending(
            question: question,
            delivery: delivery,
            shape: shape,
            asked: now,
            joined: now
        )
        if question.isLive { liveQuestions += 1 }
        line(id)
        if let deadline = question.deadline {
            setAlarm(id, for: deadline, at: now)
        } else {
            alarms.insert(.patience(id), at: now + timeout)
        }
        return nil
    }

    /// Does what is due, alarms, new calls, a probe; results are in `actions`.
    mutating func advance(to now: MonotonicInstant) {
        guard !isStopped else { return }
        while let alarm = alarms.popDue(at: now) {
            switch alarm {
            case .deadline(let id): checkDeadline(id, at: now)
            case .patience(let id): patienceEnded(id)
            case .retry(let id): rejoin(id, at: now)
            }
        }
        if let heldUntil, heldUntil <= now { self.heldUntil = nil }
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
        guard let entry = pending[id] else { return }
        pending[id]?.place = .line
        if entry.question.isLive {
            live.append(id, shape: entry.shape)
        } else {
            backlog.append(id, shape: entry.shape)
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

    private mutating func nextCall(at now: MonotonicInstant) -> Call? {
        guard calls.count < maximumInFlight, !(live.isEmpty && backlog.isEmpty) else { return nil }
        let isLive = !live.isEmpty
        // The backlog leaves half of the room to live traffic, which may come at any moment.
        guard isLive || calls.count - liveCalls < max(1, maximumInFlight / 2),
            let permit = breaker.admit()
        else { return nil }
        let ids = isLive ? live.next(maximumBatch) : backlog.next(maximumBatch)
        var questions: [Question] = []
        var joined = now
        for id in ids {
            guard let entry = pending[id] else { continue }
            pending[id]?.place = .wire
            pending[id]?.attempts += 1
            questions.append(entry.question)
            joined = min(joined, entry.joined)
        }
        let call = Call(id: nextID(), questions: questions)
        calls[call.id] = CallUnderWay(
            ids: ids,
            isLive: isLive,
            permit: permit,
            started: now,
            joined: joined
        )
        if isLive { liveCalls += 1 }
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
