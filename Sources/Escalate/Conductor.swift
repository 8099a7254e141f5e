// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
import Telemetry
import Vocabulary

/// The stage's thread: keeps the alarms of all endpoints, begins their calls, delivers all answers.
///
/// One thread delivers, so that a late outcome can never overtake the `deadline` it follows.
final class Conductor: Sendable {
    private struct Word {
        var question: Question
        var delivery: Delivery
        var result: Result<Verdict, EscalationFailure>
    }

    private struct Reminder {
        var inquiry: Inquiry
        var tier: Int
    }

    private struct Shared {
        /// What was said on a caller's thread.
        var words: [Word] = []
        var reminders = AlarmHeap<Reminder>()
        var uplink = Uplink.probing
        var isStopping = false
        var hasStopped = false
        var limiter = RepeatLimiter()
    }

    private let endpoints: [Endpoint]
    private let time: any TimeSource
    private let logger: Logger
    private let onUplinkChange: (@Sendable (Uplink, Uplink) -> Void)?
    private let onRecovery: (@Sendable (Recovery) -> Void)?
    private let shared = Mutex(Shared())
    /// Held while questions are asked and while endpoints move on, so that questions asked together
    /// go together.
    private let asking = Mutex<Void>(())
    private let thread: AlarmThread

    /// Makes one that runs on `thread`, which `endpoints` wake.
    init(
        endpoints: [Endpoint],
        thread: AlarmThread,
        time: any TimeSource,
        logger: Logger,
        onUplinkChange: (@Sendable (Uplink, Uplink) -> Void)?,
        onRecovery: (@Sendable (Recovery) -> Void)? = nil
    ) {
        self.endpoints = endpoints
        self.time = time
        self.logger = logger
        self.onUplinkChange = onUplinkChange
        self.onRecovery = onRecovery
        self.thread = thread
    }

    /// The best state of all endpoints.
    var uplink: Uplink { shared.withLock { $0.uplink } }

    func start() {
        thread.start { self.step() }
    }

    func wake() {
        thread.wake()
    }

    func requestStop() {
        shared.withLock { $0.isStopping = true }
        thread.wake()
    }

    func join() {
        thread.join()
    }

    func detach() {
        thread.detach()
    }

    /// Runs `ask` while no endpoint begins a call, then has them begun.
    func asking(_ ask: () -> Void) {
        asking.withLock { _ in ask() }
        thread.wake()
    }

    /// Delivers an answer on the stage's thread; any thread.
    func deliver(
        _ question: Question,
        _ result: Result<Verdict, EscalationFailure>,
        _ delivery: Delivery
    ) {
        let word = Word(question: question, delivery: delivery, result: result)
        let isTaken = shared.withLock { shared in
            guard !shared.hasStopped else { return false }
            shared.words.append(word)
            return true
        }
        // The thread is gone, and the caller's thread is not to be called back on.
        if !isTaken { Task { delivery.answer(question, result) } }
    }

    /// Tells an inquiry at `instant` that an endpoint's share of its time is over.
    func remind(_ inquiry: Inquiry, of tier: Int, at instant: MonotonicInstant) {
        shared.withLock { shared in
            shared.reminders.insert(Reminder(inquiry: inquiry, tier: tier), at: instant)
        }
    }

    private func step() -> AlarmThread.Next {
        if shared.withLock({ $0.isStopping }) {
            for endpoint in endpoints { endpoint.stop() }
        }
        var due: [Reminder] = []
        let words = shared.withLock { shared in
            defer { shared.words.removeAll() }
            while let reminder = shared.reminders.popDue(at: time.now) { due.append(reminder) }
            return shared.words
        }
        for word in words { word.delivery.answer(word.question, word.result) }
        for reminder in due { reminder.inquiry.becameImpatient(with: reminder.tier) }
        for endpoint in endpoints { endpoint.readReplies() }
        var nextWake: MonotonicInstant?
        let moved = asking.withLock { _ in endpoints.map { ($0, $0.advance()) } }
        for (endpoint, (actions, wake)) in moved {
            // The calls first, and all at once: the wire works while answers are delivered.
            let calls = actions.compactMap { action in
                if case .call(let call) = action { call } else { nil }
            }
            endpoint.begin(calls)
            for action in actions { perform(action, endpoint) }
            if let wake { nextWake = min(nextWake ?? wake, wake) }
        }
        followUplink()
        if let reminder = shared.withLock({ $0.reminders.first }) {
            nextWake = min(nextWake ?? reminder, reminder)
        }
        return hasEnded() ? .end : .wait(until: nextWake)
    }

    private func hasEnded() -> Bool {
        shared.withLock { shared in
            guard shared.isStopping, shared.words.isEmpty, endpoints.allSatisfy(\.isIdle) else {
                return false
            }
            shared.hasStopped = true
            return true
        }
    }

    private func perform(_ action: EndpointState.Action, _ endpoint: Endpoint) {
        switch action {
        // They have begun.
        case .call: break
        case .probe: endpoint.beginProbe()
        case .cancel(let call): endpoint.cancel(call)
        case .answer(let question, let delivery, let result): delivery.answer(question, result)
        case .late(let question, let delivery, let result): delivery.late(question, result)
        case .note(let note):
            log(note, of: endpoint.options.name)
            if let recovery = note.recovery { onRecovery?(recovery) }
        }
    }

    private func followUplink() {
        let states = endpoints.map(\.uplink)
        guard let first = states.first else { return }
        let current = states.dropFirst().reduce(first, Uplink.better)
        let former = shared.withLock { shared in
            defer { shared.uplink = current }
            return shared.uplink
        }
        if former != current { onUplinkChange?(current, former) }
    }

    private func log(_ note: EndpointState.Note, of endpoint: String) {
        var metadata: Logger.Metadata = ["endpoint": "\(endpoint)"]
        switch note {
        case .breaker(let state, let reason):
            metadata["state"] = "\(state.rawValue)"
            metadata["reason"] = "\(reason)"
            logger.info("circuit breaker changed its state", metadata: metadata)
        case .uplink(let state):
            metadata["state"] = "\(state.rawValue)"
            logger.info("uplink changed its state", metadata: metadata)
        case .answersAgain:
            logger.info("an endpoint that refused every question answers", metadata: metadata)
        case .refused(let reason):
            let held = shared.withLock { $0.limiter.admit("refused \(endpoint)", at: time.now) }
            guard let held else { return }
            metadata["reason"] = "\(reason)"
            metadata["held_back"] = "\(held)"
            logger.warning("a question or its answer was refused", metadata: metadata)
        }
    }
}
