// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import Escalate
import Infer
import Ingest
import Logging
import Spool
import Vocabulary

/// The life of a message inside one thread: route, decode, infer, decide, and what is owed for it.
///
/// Read `receive` from top to bottom; each step names the stage to open next. Belongs to its thread:
/// a lane's, or a worker's that decides `pending` rows.
final class MessagePath: LaneHandler {
    /// Whose messages it is given.
    enum Role {
        /// A lane's, fresh from the broker.
        case lane
        /// Rows that a lane has put aside.
        case worker
    }

    let name: String
    let role: Role
    let parts: PathParts
    let open: OpenBatch
    var runtimes: [PolicyRuntime] = []
    /// Those of them that have messages to decode.
    private var waiting: [PolicyRuntime] = []
    var recovery: CrashRecovery
    /// What is started once the whole burst is decided.
    var outbox = Outbox()
    /// A failure met in the middle of a burst, to be thrown by the next `settle`.
    var stuck: SettleFailure?
    /// True while the message worked on may have been settled by a run that ended before it could say so.
    var isTakingUp = false
    /// True while the broker may send again what was under way when a connection ended.
    var expectsCopies = false
    private var edition = 0
    private var routes = RouteTable(policies: [])
    let holds = HoldDesk()
    /// The decisions of a policy with a shadow that the cloud is asked about, by the row of the reading.
    var asked: [Int: DecisionID] = [:]
    /// The actions whose conditions hold for the reading that is being decided.
    var holding: [Int] = []
    let inference: LaneInference?
    let round = InferenceRound()
    var meters: KnownMeters
    let lot: CanaryLot
    /// Keeps what windows and detectors know; nil where nothing is to be kept.
    private(set) var keeper: StateKeeper?
    private var clocks = DeviceClocks()
    /// The policies of whose readings some may still be undecided rows; those of earlier runs, too.
    var asides: Set<String> = []
    /// When the log may be told of missing counts again; the status lists them all.
    var gapsDue = MonotonicInstant(nanoseconds: 0)
    /// What is traced; nil while nothing is exported.
    ///
    /// See `+Tracing`.
    let tracing: PathTracer?
    /// True while something of the burst is traced.
    var isTracing = false
    /// The lanes by which messages that a person sent again had come, by their payloads' places.
    var formerLanes: [Range<Int>: String] = [:]
    /// Those of whose readings some are in the open batch, on their way to become rows.
    var openAsides: Set<String> = []

    init(
        name: String,
        role: Role,
        parts: PathParts,
        recovery: CrashRecovery = CrashRecovery(isActive: false),
        wake: @escaping @Sendable () -> Void
    ) {
        self.name = name
        self.role = role
        self.parts = parts
        self.recovery = recovery
        open = OpenBatch(spool: parts.spool, time: parts.time, wake: wake)
        open.bell = parts.drainBell
        open.onBurial = { [trail = parts.trail] letter in trail.buried(letter.code, letter.text) }
        meters = KnownMeters(parts.meters)
        lot = parts.lot
        tracing = parts.tracer.map { PathTracer($0, role: role, input: name) }
        inference = parts.engine?.makeLane(time: parts.time, lot: lot)
        guard role == .lane, let inference, let folder = parts.stateFolder else { return }
        keeper = StateKeeper(
            folder: folder,
            lane: name,
            inference: inference,
            board: parts.states,
            time: parts.time,
            logger: parts.logger
        )
    }

    // MARK: - The path

    /// One burst, from the broker's bytes to decisions and what they start.
    func receive(_ batch: Batch) {
        adoptPolicies()
        if let tracing { isTracing = tracing.begin(batch) }
        for (index, message) in batch.messages.enumerated() where stuck == nil {
            if role == .lane, recovery.suspects(message) {
                receiveAlone(index, of: batch)
            } else {
                open.opened(at: batch.arrival)
                route(message, at: index)
            }
        }
        decideWaiting(batch)
        if isTracing { endTracing() }
    }

    /// Everything that was routed and not decided yet.
    func decideWaiting(_ batch: Batch) {
        let moment = Moment(batch, parts)
        waiting.removeAll(keepingCapacity: true)
        for runtime in runtimes where !runtime.waiting.isEmpty { waiting.append(runtime) }
        for runtime in waiting {
            decode(batch, runtime)
            if mustWait(runtime) { putAside(batch, runtime) }
        }
        if isTracing { tracing?.decoded() }
        infer(batch, waiting, moment)
        if isTracing { tracing?.inferred() }
        for runtime in waiting {
            decide(batch, runtime, moment)
            runtime.begin()
        }
        if !outbox.isEmpty { outbox.send(parts) }
    }

    /// Message → policies: by topic, worked out once a topic.
    func route(_ message: Message, at index: Int) {
        let matches = routes.matches(of: message.topic)
        if matches.isEmpty { parts.trail.unmatched() }
        for match in matches {
            runtimes[match.policy].waiting.append(
                PolicyRuntime.Waiting(message: index, captures: match.captures)
            )
        }
    }

    /// Bytes → readings, less the copies of what was decided before; see Decode.
    private func decode(_ batch: Batch, _ runtime: PolicyRuntime) {
        batch.arena.withUnsafeBytes { arena in
            for place in runtime.waiting.indices {
                let message = batch.messages[runtime.waiting[place].message]
                let payload = UnsafeRawBufferPointer(rebasing: arena[message.payload])
                do throws(DecodeError) {
                    let rows = try runtime.decode(at: place, topic: message.topic, payload: payload)
                    recognise(rows, of: message, payload, place, runtime)
                } catch {
                    bury(message, Array(payload), code: .init(error.code), error.description)
                }
            }
        }
    }

    private func recognise(
        _ rows: Range<Int>,
        of message: Message,
        _ payload: UnsafeRawBufferPointer,
        _ place: Int,
        _ runtime: PolicyRuntime
    ) {
        if let aside = runtime.waiting[place].aside {
            for row in rows {
                guard let id = aside.ids[runtime.readings.rows[row].index] else { continue }
                runtime.cases.append(.init(row: row, waiting: place, id: id))
            }
            return
        }
        let content = ContentDigest(of: payload)
        if let requeued = runtime.waiting[place].requeued {
            for row in rows {
                let mark = mark(
                    of: runtime.readings.rows[row],
                    topic: message.topic.name,
                    content: content,
                    requeued,
                    policy: runtime.policy.name
                )
                runtime.cases.append(.init(row: row, waiting: place, mark: mark))
            }
            return
        }
        for row in rows {
            let sighting = runtime.tracker.sight(
                runtime.readings.rows[row],
                of: message,
                content: content
            )
            guard !sighting.isCopy else {
                parts.trail.copy()
                continue
            }
            let reading = PolicyRuntime.Case(row: row, waiting: place, mark: sighting.mark)
            if isTakingUp || sighting.isPerhapsDecided,
                isOnDisk(reading, message.topic, runtime)
            {
                parts.trail.copy()
            } else {
                runtime.cases.append(reading)
            }
        }
    }

    /// Findings → decisions, in the order of the readings; what completes no window routes nowhere.
    private func decide(_ batch: Batch, _ runtime: PolicyRuntime, _ moment: Moment) {
        guard !runtime.cases.isEmpty else { return }
        var moment = moment
        moment.look(runtime, parts)
        guard let verge = Verge(runtime, batch, moment) else { return }
        let found = runtime.hasShadow ? runtime.found : []
        let hasModel = !runtime.found.isEmpty
        let isWatched = isTracing || parts.recorder.isActive
        for position in runtime.cases.indices {
            // The finding changes places with the one before it, which nobody asks for any more.
            if hasModel {
                swap(&verge.situation.finding, &runtime.found[position])
                if verge.situation.finding == nil { continue }
            }
            // A reading of the clock for each would cost more than some rules.
            if position & 31 == 31 { verge.moment.now = parts.time.now }
            let reading = runtime.cases[position]
            let canary = runtime.hasCanary ? runtime.canaryDigest(of: reading, lot) : nil
            verge.turn(to: reading, canary: canary)
            if isWatched { decideWatched(verge) } else { decide(verge) }
        }
        runtime.tally.tell(parts.trail, runtime.bound.hits)
        if runtime.hasShadow { runBeside(runtime, found, batch) }
    }

    /// Finding → decision, by the first rule that holds; see Decide.
    ///
    /// What follows from it is in `+Routes`.
    func decide(_ verge: Verge) {
        verge.decide()
        verge.runtime.tally.count(verge.ruling.ruleIndex, verge.ruling.route)
        if verge.ruling.failedConditions > 0 {
            parts.trail.unevaluated(verge.runtime.evaluator.failures)
        }
        if !holding.isEmpty { holding = [] }
        verge.audit = auditDraw(verge)
        if verge.runtime.hasShadow, verge.ruling.asksCloud || verge.audit != nil {
            asked[verge.reading.row] = id(of: verge)
        }
        switch verge.ruling.route {
        case .act: act(verge)
        case .escalate: escalate(verge)
        case .defer: postpone(verge)
        case .drop: drop(verge)
        }
    }

    // MARK: - Around it

    /// Takes over a new set of policies and models, between two bursts.
    func adoptPolicies() {
        guard parts.board.editionNumber != edition else { return }
        let new = parts.board.edition
        let former = Dictionary(
            runtimes.map { ($0.policy.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        runtimes = new.policies.compactMap { bound in
            do throws(DecodeSpecError) {
                // What was learnt about a policy's devices outlives a new edition of it.
                let tracker = former[bound.policy.name]?.tracker ?? makeTracker(bound)
                return try PolicyRuntime(bound, tracker: tracker)
            } catch {
                // The binder has made a decoder of the same specification before.
                parts.logger.error(
                    "a policy's reading does not compile",
                    metadata: ["policy": "\(bound.policy.name)", "error": "\(error)"]
                )
                return nil
            }
        }
        routes = RouteTable(policies: runtimes.map(\.policy))
        asides.formUnion(runtimes.map(\.policy.name))
        if let engine = new.engine { inference?.adopt(engine) }
        // Nothing of the former edition stays in memory for the last burst's sake.
        round.forget()
        waiting = []
        meters.forget()
        edition = new.number
    }

    func deadline(
        of row: ReadingBatch.Row,
        _ runtime: PolicyRuntime,
        _ moment: Moment
    ) -> Deadline? {
        guard let total = runtime.policy.deadline else { return nil }
        var spent = Interval.zero
        if let time = row.deviceTime {
            let lag = moment.arrivalWallTime - time
            let (corrected, isSuspect) = clocks.spent(lag, device: row.device)
            if isSuspect { parts.trail.clockSuspect() }
            spent = corrected
        }
        return Deadline.from(arrival: moment.arrival, spent: spent, total: total)
    }
}
