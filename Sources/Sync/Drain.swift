// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Act
public import Escalate
public import Logging
public import Spool
import Synchronization
public import Vocabulary

/// Empties the spool when the way is free.
///
/// Actions whenever there are any, questions when the uplink is back, lines when their sink takes them;
/// by priority, in each device's order, live traffic first. Audits leave last of all.
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
        /// Rows parked, because what they need is not configured.
        public var parked = 0
        /// Audits answered.
        public var audited = 0
        /// Audits given up: the cloud refuses them, or nobody knows any more what they were about.
        public var auditsGivenUp = 0
    }

    struct State {
        var batches = 0
        /// Rows of actions in hand, until what became of them is stored.
        var actions = 0
        var traffic = ActionTraffic()
        var patience = Patience()
        /// How often rows were refused by an endpoint that refuses everything.
        var rests = Patience()
        var recoveries = Recoveries()
        var counts = Counts()
        /// How many more actions are begun one at a time, because the last run may have ended over one.
        var suspectActions: Int
        /// The same for questions.
        var suspectQuestions: Int
        /// The same for audits.
        var suspectAudits: Int
        /// True while a batch of audits is under way.
        var isAuditing = false
        var auditPace: AuditPace
        var bucket: TokenBucket
        /// The user's own stores, by name.
        var sinks: [String: SinkState] = [:]
        /// Until when the way is left to live traffic.
        var pausedUntil: MonotonicInstant?
        /// Rows under way whose beginning is counted on disk.
        var counted: Set<Int64> = []
    }

    /// How often delays were ended: what was asked before goes by what has happened since.
    struct Recoveries: Equatable {
        var reached = 0
        var answered = 0
    }

    let spool: SpoolStore
    let escalate: Escalate
    let act: Act
    let desk: any DrainDesk
    let options: DrainOptions
    let time: any TimeSource
    let gauge: LiveGauge
    let sinks: [String: any Sink]
    let logger: Logger
    let state: Mutex<State>
    private let wakes: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    /// Makes a drain; nothing leaves before `run`.
    ///
    /// `gauge` is told by live traffic how long its answers take; without one it is taken to be quick.
    public init(
        spool: SpoolStore,
        escalate: Escalate,
        act: Act,
        desk: any DrainDesk,
        options: DrainOptions,
        time: any TimeSource,
        gauge: LiveGauge? = nil,
        sinks: [String: any Sink] = [:],
        logger: Logger
    ) {
        self.spool = spool
        self.escalate = escalate
        self.act = act
        self.desk = desk
        self.options = options
        self.time = time
        self.gauge = gauge ?? LiveGauge(time: time)
        self.sinks = sinks
        self.logger = logger
        let suspects = options.followsUncleanExit ? options.batch : 0
        state = Mutex(
            State(
                suspectActions: suspects,
                suspectQuestions: suspects,
                suspectAudits: suspects,
                auditPace: AuditPace(callsPerHour: options.auditsPerHour),
                bucket: TokenBucket(bytesPerSecond: options.bytesPerSecond),
                sinks: sinks.mapValues { _ in SinkState() }
            )
        )
        (wakes, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What has been done so far.
    public var counts: Counts { state.withLock { $0.counts } }

    /// True while something it has sent is not settled.
    public var isBusy: Bool {
        state.withLock { state in
            state.batches > 0 || state.actions > 0 || state.isAuditing
                || state.sinks.values.contains { $0.isBusy }
        }
    }

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
        for sink in sinks.values { sink.start() }
        defer { clock.cancel() }
        for await _ in wakes {
            if Task.isCancelled { return }
            do throws(SpoolError) {
                try await sendActions()
                try await askQuestions()
                try await sendLines()
                try await askAudits()
            } catch {
                // The store's own condition is on the status; the next round tries again.
                logger.debug("the spool cannot be drained now", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Ends the connections of the sinks; what is under way to them goes back to the spool.
    public func stopSinks() {
        for sink in sinks.values { sink.stop() }
    }

    func bury(
        _ row: SpoolRow,
        code: DeadLetterCode,
        _ reason: String,
        in change: inout SpoolChange
    ) {
        guard row.kind != .audit else { return giveUp(row, in: &change) }
        bury(row, as: desk.deadLetter(of: row, code: code, reason: reason), in: &change)
    }

    /// Leaves a row where it is until the configuration has again what it needs.
    func park(_ row: SpoolRow, _ reason: ParkReason, in change: inout SpoolChange) {
        guard row.kind != .audit else { return giveUp(row, in: &change) }
        change.parks.append(.init(id: row.id, reason: reason))
        state.withLock { $0.counts.parked += 1 }
    }

    func bury(_ row: SpoolRow, as letter: DeadLetter, in change: inout SpoolChange) {
        guard row.kind != .audit else { return giveUp(row, in: &change) }
        guard letter.code != DeadLetterCode.endsProcess.rawValue else {
            // It must not be worked on again, whatever has to make room for it.
            change.deadLetters.append(letter)
            change.acknowledgements.append(row.id)
            return state.withLock { $0.counts.buried += 1 }
        }
        guard !spool.letters.areFull else {
            change.releases.append(.init(id: row.id, delay: DrainOptions.letterRoom))
            return state.withLock { $0.counts.postponed += 1 }
        }
        change.burials.append(.init(id: row.id, letter: letter, delay: DrainOptions.letterRoom))
        state.withLock { $0.counts.buried += 1 }
    }
}
