// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Gateway
import Trace
import Vocabulary

/// A replay under way.
struct ReplayRun {
    /// How many examples are kept of one kind of change, and in all.
    private static let examplesPerKind = 3
    private static let examplesInAll = 24

    private let request: ReplayRequest
    private let verdicts: VerdictIndex
    private let player: Player
    private let formerPlayer: Player?
    private var header: TraceHeader?
    private var tried = SideCounts()
    private var former = SideCounts()
    private var curve = AccuracyCurve()
    private var versions: [String: Set<String>] = [:]
    private var others: [String: Int] = [:]
    private var changes: [Change: Int] = [:]
    private var examples: [ReplayReport.Example] = []
    private var changed = 0
    private var otherRule = 0
    private var truths = (labels: 0, verdicts: 0)
    private var audited = 0
    private var span: (first: WallTime, last: WallTime)?

    private struct Change: Hashable {
        var from: String
        var to: String
    }

    init(_ request: ReplayRequest, _ verdicts: VerdictIndex) throws(Diagnostic) {
        self.request = request
        self.verdicts = verdicts
        player = try Player(request.site, runsModels: request.runsModels)
        if let site = request.former {
            formerPlayer = try Player(site, runsModels: request.runsModels)
        } else {
            formerPlayer = nil
        }
    }

    /// Notes whose traffic comes next; traces of two sites are two questions.
    mutating func adopt(_ header: TraceHeader, file: String) throws(Diagnostic) {
        if let former = self.header, former.site != header.site {
            throw Diagnostic(
                .error,
                "a trace of the site `\(header.site)`, after one of `\(former.site)`",
                hint: "replay one site at a time",
                file: file
            )
        }
        self.header = header
    }

    /// Whether the decision's policy is one of those that are tried; counts the others.
    mutating func admits(_ decision: TraceDecision) -> Bool {
        let isKnown =
            player.policy(decision.policy) != nil
            && (formerPlayer == nil || formerPlayer?.policy(decision.policy) != nil)
        if !isKnown { others[decision.policy, default: 0] += 1 }
        return isKnown
    }

    /// Decides what has gathered again, policy by policy, and empties it.
    mutating func play(_ batch: inout [String: [TraceDecision]]) throws(Diagnostic) {
        let scope = header?.scope ?? .local
        let isSampled = (header?.sample ?? 1) < 1
        for (policy, decisions) in batch.sorted(by: { $0.key < $1.key }) {
            let new = try player.outcomes(
                decisions,
                policy: policy,
                scope: scope,
                isSampled: isSampled
            )
            let old = try formerPlayer?.outcomes(
                decisions,
                policy: policy,
                scope: scope,
                isSampled: isSampled
            )
            for (index, decision) in decisions.enumerated() {
                guard let outcome = new[index] else { continue }
                let before: Outcome
                if let old {
                    guard let known = old[index] else { continue }
                    before = known
                } else {
                    before = Outcome(decision)
                }
                compare(before, outcome, decision, scope)
            }
        }
        batch.removeAll(keepingCapacity: true)
    }

    private mutating func compare(
        _ before: Outcome,
        _ after: Outcome,
        _ decision: TraceDecision,
        _ scope: TraceScope
    ) {
        let time = decision.time
        span = (min(span?.first ?? time, time), max(span?.last ?? time, time))
        if versions[decision.policy]?.contains(decision.version) != true {
            versions[decision.policy, default: []].insert(decision.version)
        }
        let word = verdicts.word(on: decision.id)
        let cloud = word.map { verdicts.label(of: $0) }
        let known = known(decision, cloud)
        let left = player.deadlineLeft(decision)
        let formerLeft = formerPlayer?.deadlineLeft(decision) ?? decision.deadline?.left
        tried.add(
            after,
            Resolution(after, decision, left: left, word, label: cloud),
            decision,
            known
        )
        former.add(
            before,
            Resolution(before, decision, left: formerLeft, word, label: cloud),
            decision,
            known
        )
        addToCurve(after, known)
        guard after.isChange(from: before) else {
            if after.rule != before.rule { otherRule += 1 }
            return
        }
        changed += 1
        note(before, after, decision, scope)
    }

    /// What is known of the right answer, and with which probability it is known.
    private mutating func known(
        _ decision: TraceDecision,
        _ cloud: String?
    ) -> SideCounts.Known {
        let label = request.labels[decision.id] ?? verdicts.personsLabel(on: decision.id)
        if label != nil { truths.labels += 1 } else if cloud != nil { truths.verdicts += 1 }
        if cloud != nil, let audit = decision.audit, audit < 1 { audited += 1 }
        // Verdicts of audited readings stand for those that were not audited.
        let weight = cloud == nil ? 1 : 1 / max(decision.audit ?? 1, 1e-6)
        return SideCounts.Known(truth: label ?? cloud, cloud: cloud, weight: weight)
    }

    private mutating func addToCurve(_ outcome: Outcome, _ known: SideCounts.Known) {
        guard let confidence = outcome.confidence, confidence.isFinite else { return }
        var right: (local: Bool, cloud: Bool)?
        if let truth = known.truth, let cloud = known.cloud, let label = outcome.label {
            right = (label == truth, cloud == truth)
        }
        curve.add(confidence: confidence, right: right, weight: known.weight)
    }

    private mutating func note(
        _ before: Outcome,
        _ after: Outcome,
        _ decision: TraceDecision,
        _ scope: TraceScope
    ) {
        let change = Change(from: before.words, to: after.words)
        let count = changes[change, default: 0]
        changes[change] = count + 1
        guard count < Self.examplesPerKind, examples.count < Self.examplesInAll else { return }
        examples.append(
            ReplayReport.Example(
                id: decision.id,
                policy: decision.policy,
                device: decision.device,
                time: decision.time,
                from: (before.words, before.rule),
                to: (after.words, after.rule),
                values: player.observed(decision, scope: scope)
            )
        )
    }

    // MARK: - The report

    func report(_ tally: TraceReader.Tally) throws(Diagnostic) -> ReplayReport {
        guard let header, let span else { throw refusal(tally) }
        let truth: String? =
            switch (truths.labels > 0, truths.verdicts > 0) {
            case (true, true): "labels and verdicts"
            case (true, false): "labels"
            case (false, true): "verdicts"
            case (false, false): nil
            }
        return ReplayReport(
            notes: request.notes,
            isBiased: truths.verdicts > 0 && audited == 0 && former.count(.act) > 0,
            site: header.site,
            scope: header.scope.rawValue,
            sample: header.sample,
            policies: versions.keys.sorted().map { name in
                (
                    name, versions[name, default: []].sorted(),
                    player.policy(name)?.version ?? ""
                )
            },
            span: span,
            decisions: tried.decisions,
            skipped: others.values.reduce(0, +),
            unmatched: player.unmatched,
            gathered: player.gathered,
            recordedFindings: player.recordedFindings,
            freshFindings: player.freshFindings,
            truncated: tally.truncated,
            unknownLines: tally.unknown,
            changed: changed,
            otherRule: otherRule,
            changes: changes.map { ($0.key.from, $0.key.to, $0.value) }
                .sorted { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) },
            examples: examples,
            former: side(former, name: request.former == nil ? "recorded" : "before"),
            tried: side(tried, name: "new"),
            truth: truth,
            curve: curve.points.map { ($0.threshold, $0.asked, $0.accuracy) },
            pricePerCall: request.pricePerCall
        )
    }

    private func refusal(_ tally: TraceReader.Tally) -> Diagnostic {
        let file = request.traces.joined(separator: ", ")
        guard tally.decisions > 0 else {
            return Diagnostic(
                .error,
                tally.verdicts > 0
                    ? "the trace holds verdicts and no decision" : "the trace is empty",
                hint: "record for longer, with `sluice record --for 10m` while messages come in",
                file: file
            )
        }
        let names = player.names.map { "`\($0)`" }.joined(separator: ", ")
        let found = others.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
        guard !others.isEmpty else {
            return Diagnostic(
                .error,
                "no reading of the trace is on a topic that \(names) matches",
                file: file
            )
        }
        return Diagnostic(
            .error,
            "the trace holds no decision of \(names)",
            hint: "it holds decisions of \(found)",
            file: file
        )
    }

    private func side(_ counts: SideCounts, name: String) -> ReplayReport.Side {
        ReplayReport.Side(
            name: name,
            ways: counts.ways,
            calls: counts.calls,
            money: request.pricePerCall.map { $0 * Double(counts.calls) },
            answered: counts.answered,
            missed: counts.missed,
            unknown: counts.unknown,
            local: latency(counts.local),
            asked: latency(counts.asked),
            right: counts.right,
            agreement: counts.agreement,
            rules: counts.rules.keys.sorted().map { policy in
                let rules = counts.rules[policy, default: [:]]
                return (policy, rules.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
            },
            kept: counts.keptConfidence,
            askedAbout: counts.askedConfidence,
            overTime: counts.overTime.series
        )
    }

    private func latency(_ counts: LatencyCounts) -> ReplayReport.Latency {
        .init(p50: counts.quantile(0.5), p99: counts.quantile(0.99), samples: counts.total)
    }
}

extension Outcome {
    /// Where it goes and what is done, for a person.
    var words: String {
        var words =
            switch way {
            case .act: "act"
            case .provisional: "act provisionally"
            case .escalate: "escalate"
            case .defer: "defer"
            case .drop: "drop"
            }
        if let fallback, fallback != .actProvisionally {
            words += " or \(fallback.rawValue)"
        }
        return actions.isEmpty ? words : words + ": " + actions.joined(separator: ", ")
    }
}
