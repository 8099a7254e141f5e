// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Decide
import Logging
import Synchronization
import Telemetry
import Trace
import Vocabulary

/// What is written down about decisions: counters for all, log lines for those that leave a trace.
final class DecisionTrail: Sendable {
    private let log: DecisionLog?
    let recorder: TraceRecorder?
    private let feed: DecisionFeed
    /// Decisions that are in the log, by how long they took.
    let exemplars = ExemplarShelf()
    private let sampling: Int
    private let skipped = Atomic<Int>(0)
    private let logger: Logger
    /// By the places of `Route.allCases`.
    private let routes: [Counter]
    private let reasons: [DropReason: Counter]
    private let unmatchedMessages = Counter(label: "sluice_ingest_unmatched_messages_total")
    private let copies = Counter(label: "sluice_decode_copies_total")
    private let suspects = Counter(label: "sluice_decide_clock_suspects_total")
    private let asides = Counter(label: "sluice_infer_pending_messages_total")
    private let conditionFailures = Counter(label: "sluice_decide_condition_failures_total")
    private let audits = Counter(label: "sluice_audit_readings_total")
    private let unaudited = Counter(label: "sluice_audit_unaskable_total")
    private let standings: [Decision.Standing: Counter]
    private let latency = Timer(label: "sluice_decide_latency_seconds")
    private let limiter = Mutex(RepeatLimiter())
    let time: any TimeSource

    init(
        log: DecisionLog?,
        sampling: Int,
        recorder: TraceRecorder? = nil,
        feed: DecisionFeed = DecisionFeed(),
        time: any TimeSource,
        logger: Logger
    ) {
        self.log = log
        self.recorder = recorder
        self.feed = feed
        self.sampling = sampling
        self.time = time
        self.logger = logger
        routes = Route.allCases.map { route in
            Counter(
                label: "sluice_decide_decisions_total",
                dimensions: [("route", route.rawValue)]
            )
        }
        reasons = Dictionary(
            uniqueKeysWithValues: DropReason.allCases.map { reason in
                let label = ("reason", reason.rawValue)
                return (reason, Counter(label: "sluice_decide_drops_total", dimensions: [label]))
            }
        )
        let all: [Decision.Standing] = [.final, .provisional, .confirmed, .corrected]
        standings = Dictionary(
            uniqueKeysWithValues: all.map { standing in
                let label = ("standing", standing.rawValue)
                return (
                    standing,
                    Counter(label: "sluice_decide_words_total", dimensions: [label])
                )
            }
        )
    }

    /// So many readings went each way, by the places of `Route.allCases`.
    func decided(_ counts: [Int]) {
        for (route, count) in zip(routes, counts) where count > 0 { route.increment(by: count) }
    }

    /// Conditions could not be evaluated, and therefore did not hold.
    func unevaluated(_ failures: [ConditionFailure]) {
        guard !failures.isEmpty else { return }
        conditionFailures.increment(by: Int64(failures.count))
        for failure in failures {
            warn(
                "condition \(failure.name)",
                "a condition could not be evaluated",
                [
                    "rule": "\(failure.name)", "error": "\(failure.message)",
                ]
            )
        }
    }

    /// True while somebody is told of decisions: a log, or whoever looks on.
    var isTold: Bool { log != nil || feed.isHeard }

    /// Writes down a word on a decision.
    ///
    /// `grounds`, `fired` and `held` are asked for only when there is a log, or somebody looks on; `held` are the actions
    /// whose conditions hold and that `hold` keeps back.
    func record(
        _ decision: Decision,
        grounds: @autoclosure () -> Grounds? = nil,
        verdict: Verdict? = nil,
        fired: @autoclosure () -> [FiredAction] = [],
        held: @autoclosure () -> [String] = [],
        latency: Interval
    ) {
        standings[decision.standing]?.increment()
        if decision.revision == 0 { self.latency.recordNanoseconds(latency.nanoseconds) }
        if let verdict, let recorder, recorder.isActive {
            recorder.answered(
                TraceVerdict(
                    verdict,
                    on: decision.id,
                    isLate: decision.revision > 0,
                    at: time.wallTime
                )
            )
        }
        let isHeard = feed.wants(Self.subject(decision), isWritten: log != nil, at: time.now)
        guard log != nil || isHeard else { return }
        let line = line(
            decision,
            grounds(),
            verdict: verdict,
            fired: fired(),
            held: held(),
            latency: latency
        )
        log?.append(line)
        if log != nil { remember(decision, latency) }
        if isHeard { feed.publish(line, Self.subject(decision)) }
    }

    /// Writes down every n-th of the decisions that leave nothing behind, and shows those that are
    /// looked at.
    func sampled(
        _ subject: @autoclosure () -> DecisionFeed.Subject,
        _ decision: () -> Decision,
        grounds: () -> Grounds?,
        held: () -> [String] = { [] },
        latency: Interval
    ) {
        self.latency.recordNanoseconds(latency.nanoseconds)
        var isLogged = false
        if log != nil, sampling > 0 {
            let count = skipped.wrappingAdd(1, ordering: .relaxed).newValue
            isLogged = count % sampling == 0
        }
        let isHeard = feed.wants(subject(), isWritten: isLogged, at: time.now)
        guard isLogged || isHeard else { return }
        let decision = decision()
        let line = line(
            decision,
            grounds(),
            verdict: nil,
            fired: [],
            held: held(),
            latency: latency
        )
        if isLogged {
            standings[decision.standing]?.increment()
            log?.append(line)
            remember(decision, latency)
        }
        if isHeard { feed.publish(line, Self.subject(decision)) }
    }

    private func remember(_ decision: Decision, _ latency: Interval) {
        guard decision.revision == 0 else { return }
        exemplars.put(
            decision: decision.id.description,
            nanoseconds: latency.nanoseconds,
            time: time.wallTime.nanoseconds
        )
    }

    private static func subject(_ decision: Decision) -> DecisionFeed.Subject {
        DecisionFeed.Subject(
            policy: decision.policy,
            route: decision.route.rawValue,
            device: decision.device
        )
    }

    func dropped(_ reason: DropReason) { reasons[reason]?.increment() }
    func unmatched() { unmatchedMessages.increment() }
    func copy() { copies.increment() }
    func clockSuspect() { suspects.increment() }
    func putAside() { asides.increment() }
    func audited() { audits.increment() }
    /// A reading that was drawn lacks a field that the cloud's model wants.
    func unauditable() { unaudited.increment() }

    /// Writes a line that is no word on a decision.
    func note(_ write: (inout JSONWriter) -> Void) {
        guard let log else { return }
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("logged", time.wallTime.rfc3339)
        write(&writer)
        writer.endObject()
        log.append(writer.bytes)
    }

    /// How many lines the log has left out.
    var leftOut: Int { log?.leftOut ?? 0 }

    /// How many lines an earlier run had begun and not ended.
    var torn: Int { log?.torn ?? 0 }

    /// Hands what is written to the system; blocks.
    func flush() { log?.flush() }

    /// A message went to the dead letters.
    func buried(_ code: String, _ text: String) {
        Counter(label: "sluice_spool_dead_letters_total", dimensions: [("code", code)]).increment()
        warn(
            "dead letter \(code)",
            "set aside as a dead letter",
            [
                "code": "\(code)", "reason": "\(text)",
            ]
        )
    }

    /// Logs a warning of a kind; one in ten seconds, with how many were held back.
    func warn(_ kind: String, _ text: Logger.Message, _ metadata: Logger.Metadata) {
        guard let heldBack = limiter.withLock({ $0.admit(kind, at: time.now) }) else { return }
        var metadata = metadata
        if heldBack > 0 { metadata["held_back"] = "\(heldBack)" }
        logger.warning(text, metadata: metadata)
    }
}
