// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Act
public import Escalate
public import Logging
public import Spool
import Synchronization
public import Vocabulary

/// Empties the spool when the way is free: actions whenever there are any, questions when the uplink is
/// back; by priority, in each device's order, live traffic first.
///
/// A row leaves the spool only after the receiver has it, so what a crash interrupts is sent again under
/// the same key.
public final class Drain: Sendable {
    /// What a drain has done since the start.
    public struct Counts: Hashable, Sendable {
        /// Questions answered.
        public var concluded = 0
        /// Actions delivered.
        public var delivered = 0
        /// Tries that have to be repeated.
        public var postponed = 0
        /// Rows given up to the dead letters.
        public var buried = 0
    }

    struct State {
        var batches = 0
        var actions = 0
        var counts = Counts()
        /// How many more actions are begun one at a time, because the last run may have ended over one.
        var suspectActions: Int
        /// The same for questions.
        var suspectQuestions: Int
        /// Rows under way whose beginning is counted on disk.
        var counted: Set<Int64> = []
    }

    let spool: SpoolStore
    private let escalate: Escalate
    private let act: Act
    let desk: any DrainDesk
    let options: DrainOptions
    private let time: any TimeSource
    private let logger: Logger
    let state: Mutex<State>
    private let wakes: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    /// Makes a drain; nothing leaves before `run`.
    public init(
        spool: SpoolStore,
        escalate: Escalate,
        act: Act,
        desk: any DrainDesk,
        options: DrainOptions,
        time: any TimeSource,
        logger: Logger
    ) {
        self.spool = spool
        self.escalate = escalate
        self.act = act
        self.desk = desk
        self.options = options
        self.time = time
        self.logger = logger
        let suspects = options.followsUncleanExit ? options.batch : 0
        state = Mutex(State(suspectActions: suspects, suspectQuestions: suspects))
        (wakes, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What has been done so far.
    public var counts: Counts { state.withLock { $0.counts } }

    /// True while something it has sent is not settled.
    public var isBusy: Bool { state.withLock { $0.batches > 0 || $0.actions > 0 } }

    /// Looks at the spool now rather than at the next interval; any thread.
    public func wake() {
        wakeUp.yield()
    }

    /// Drains until the task is cancelled; what is under way then is left to its leases' end.
    public func run() async {
        let clock = Task { [wakeUp, options] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .nanoseconds(options.interval.nanoseconds))
                wakeUp.yield()
            }
        }
        defer { clock.cancel() }
        for await _ in wakes {
            if Task.isCancelled { return }
            do throws(SpoolError) {
                try await sendActions()
                try await askQuestions()
            } catch {
                // The store's own condition is on the status; the next round tries again.
                logger.debug("the spool cannot be drained now", metadata: ["error": "\(error)"])
            }
        }
    }

    // MARK: - Actions

    private func sendActions() async throws(SpoolError) {
        while state.withLock({ $0.actions == 0 }) {
            guard let rows = try await take([.action], \.suspectActions) else { return }
            var effects: [Effect] = []
            var sent: [SpoolRow] = []
            var unreadable = SpoolChange()
            for row in rows {
                do throws(EffectRowError) {
                    effects.append(try Effect(row: row.body, at: time.now))
                    sent.append(row)
                } catch {
                    bury(row, code: "unreadable", error.message, in: &unreadable)
                }
            }
            if !unreadable.isEmpty { try await spool.committed(unreadable) }
            guard !effects.isEmpty else { continue }
            let count = effects.count
            state.withLock { $0.actions += count }
            let owners = sent
            act.deliver(effects) { [self] index, outcome in
                settle(owners[index], outcome)
            }
        }
    }

    private func settle(_ row: SpoolRow, _ outcome: DeliveryOutcome) {
        var change = SpoolChange()
        switch outcome {
        case .delivered:
            change.acknowledgements.append(row.id)
            state.withLock { $0.counts.delivered += 1 }
        case .undelivered:
            postpone(row, in: &change, countsAttempt: true)
        case .rejected(let reason):
            bury(row, code: "rejected", reason, in: &change)
        case .dropped(let reason):
            change.drops.append(.init(id: row.id, reason: reason))
        }
        finish(row, in: &change)
        spool.submitPersistently(change) { [self] in
            let left = state.withLock { state in
                state.actions -= 1
                return state.actions
            }
            if left == 0 { wake() }
        }
    }

    // MARK: - Questions

    private func askQuestions() async throws(SpoolError) {
        while mayAsk {
            let kinds: Set<EntryKind> = [.escalation, .deferral]
            guard let rows = try await take(kinds, \.suspectQuestions) else { return }
            var questions: [Question] = []
            var asked: [EffectKey: SpoolRow] = [:]
            var unreadable = SpoolChange()
            for row in rows {
                switch desk.question(of: row) {
                case .question(let question):
                    questions.append(question)
                    asked[question.key] = row
                case .letter(let letter):
                    unreadable.deadLetters.append(letter)
                    unreadable.acknowledgements.append(row.id)
                    state.withLock { $0.counts.buried += 1 }
                }
            }
            if !unreadable.isEmpty { try await spool.committed(unreadable) }
            guard !questions.isEmpty else { continue }
            state.withLock { $0.batches += 1 }
            Task { [questions, asked] in await ask(questions, asked) }
        }
    }

    private var mayAsk: Bool {
        let allowance = DrainPace.allowance(
            escalate.uplink,
            liveInFlight: escalate.liveInFlight,
            limit: options.batchesInFlight
        )
        return state.withLock { state in
            state.batches < (state.suspectQuestions > 0 ? min(1, allowance) : allowance)
        }
    }

    /// Asks a batch and concludes its rows in their order, so that one device's words leave in order.
    private func ask(_ questions: [Question], _ rows: [EffectKey: SpoolRow]) async {
        let answers = AsyncStream<(EffectKey, Result<Verdict, EscalationFailure>)>.makeStream()
        escalate.ask(
            questions,
            answer: { question, result in answers.continuation.yield((question.key, result)) },
            late: { _, _ in }
        )
        var results: [EffectKey: Result<Verdict, EscalationFailure>] = [:]
        for await (key, result) in answers.stream {
            results[key] = result
            if results.count == questions.count { break }
        }
        // Behind a row that has to wait, the others of its stream wait too, answered or not (G3).
        var waiting: Set<String> = []
        for question in questions {
            guard let row = rows[question.key], let result = results[question.key] else { continue }
            let line = "\(row.priority.rawValue) \(row.stream)"
            var change = SpoolChange()
            if waiting.contains(line) {
                change.releases.append(.init(id: row.id))
            } else {
                change = await self.change(for: row, result)
                if !change.releases.isEmpty { waiting.insert(line) }
            }
            finish(row, in: &change)
            await withCheckedContinuation { stored in
                spool.submitPersistently(change) { stored.resume() }
            }
        }
        state.withLock { $0.batches -= 1 }
        wake()
    }

    private func change(
        for row: SpoolRow,
        _ result: Result<Verdict, EscalationFailure>
    ) async -> SpoolChange {
        var change = SpoolChange()
        switch result {
        case .success(let verdict):
            change = await desk.conclude(row, verdict)
            change.acknowledgements.append(row.id)
            state.withLock { $0.counts.concluded += 1 }
        case .failure(let failure) where failure.kind == .refused:
            if !failure.isRepeatable || row.attempts + 1 >= options.attemptLimit {
                bury(row, code: "refused", failure.description, in: &change)
            } else {
                postpone(row, in: &change, countsAttempt: true)
            }
        case .failure(let failure):
            postpone(row, in: &change, countsAttempt: false, after: failure.retryAfter)
        }
        return change
    }

    // MARK: - Pieces

    private func postpone(
        _ row: SpoolRow,
        in change: inout SpoolChange,
        countsAttempt: Bool,
        after wait: Interval? = nil
    ) {
        let delay =
            wait ?? DrainPace.delay(attempts: row.attempts, random: .random(in: 0..<1))
        change.releases.append(.init(id: row.id, delay: delay, countsAttempt: countsAttempt))
        state.withLock { $0.counts.postponed += 1 }
    }

    func bury(
        _ row: SpoolRow,
        code: String,
        _ reason: String,
        in change: inout SpoolChange
    ) {
        change.deadLetters.append(desk.deadLetter(of: row, code: code, reason: reason))
        change.acknowledgements.append(row.id)
        state.withLock { $0.counts.buried += 1 }
    }
}
