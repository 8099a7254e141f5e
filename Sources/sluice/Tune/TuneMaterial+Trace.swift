// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Trace
import Tune
import Vocabulary

extension TuneMaterial {
    /// A decision that can be tuned on once there is a verdict.
    private struct Recorded {
        var decision: TraceDecision
        var finding: TraceFinding
        var classification: Finding.Classification
    }

    /// Reads recorded traces: decisions of `policy` with a finding, and the cloud's verdicts on them.
    ///
    /// Only the newest local model and the newest cloud model count. Rows are thinned by a hash of
    /// their id to the least probability with which a verdict was asked for, so that what is left is
    /// an even sample of everything decided. With `everyLabel` nothing is thinned, and what people
    /// labelled counts as well, before the cloud's word: enough for a calibration, not for a bound.
    init(traces: [String], policy: String?, everyLabel: Bool = false) throws(SampleRefusal) {
        var decisions: [TraceDecision] = []
        var verdicts: [TraceVerdict] = []
        var files: [String] = []
        let tally: TraceReader.Tally
        do throws(Diagnostic) {
            let reader = try TraceReader(paths: traces)
            let bar = ProgressBar(what: "reading line", total: 0)
            defer { bar.end() }
            var count = 0
            while let line = try reader.next() {
                count += 1
                if count % 1_000 == 0 { bar.show(Double(count)) }
                if files.last != reader.file { files.append(reader.file) }
                switch line {
                case .header: break
                case .decision(let decision):
                    if decision.policy == policy ?? decision.policy { decisions.append(decision) }
                case .verdict(let verdict): verdicts.append(verdict)
                }
            }
            tally = reader.tally
        } catch {
            throw .badRows([error])
        }
        self.init(
            source: traces.joined(separator: ", "),
            digest: TuneOutput.digest(ofFiles: files)
        )
        if tally.truncated > 0 { notes.append("\(tally.truncated) last lines were cut off") }
        let names = Set(decisions.map(\.policy))
        guard names.count <= 1 else {
            let known = names.sorted().map { "`\($0)`" }.joined(separator: ", ")
            refusal = TuneRefusal(
                .request,
                "the trace has decisions of several policies: \(known)",
                advice: "name one with --policy"
            )
            return
        }
        // Answers to other policies' questions say nothing about this one's cloud model.
        let ids = Set(decisions.map(\.id))
        let recorded = recorded(decisions)
        let known = verdicts.filter { ids.contains($0.id) }
        if everyLabel { takeAll(recorded, known) } else { take(recorded, known) }
        checkLabels()
    }

    /// The decisions of the newest model that its policy has in the last stage of its cascade.
    private mutating func recorded(_ decisions: [TraceDecision]) -> [Recorded] {
        let all = decisions.compactMap { decision -> Recorded? in
            guard let finding = decision.finding,
                let classification = finding.finding.classification
            else { return nil }
            return Recorded(decision: decision, finding: finding, classification: classification)
        }
        let deepest = all.map(\.finding.finding.stage).max() ?? 1
        let last = all.filter { $0.finding.finding.stage == deepest }
        if last.count < all.count {
            notes.append("\(all.count - last.count) decisions of earlier stages are left out")
        }
        guard let newest = last.max(by: { $0.decision.arrived < $1.decision.arrived }) else {
            return []
        }
        let reference = newest.finding.finding.model
        if let digest = newest.finding.digest { model = (reference, digest) }
        labels = newest.finding.labels
        knownLabels = labels
        isDetector = newest.classification.probabilities.isEmpty && labels.count == 2
        let ours = last.filter {
            $0.finding.finding.model == reference && $0.finding.digest == newest.finding.digest
        }
        if ours.count < last.count {
            notes.append("\(last.count - ours.count) decisions of other models are left out")
        }
        return ours
    }

    private mutating func take(
        _ recorded: [Recorded],
        _ verdicts: [TraceVerdict]
    ) {
        let answers = answers(verdicts)
        let asked = recorded.filter { $0.decision.audit != nil }
        let unasked = recorded.count - asked.count
        let isAudited = asked.contains { ($0.decision.audit ?? 1) < 1 }
        guard unasked == 0 || isAudited else {
            refusal = unaudited(recorded, unasked: unasked)
            return
        }
        let usable = asked.filter { answers.cloud[$0.decision.id] != nil }
        if usable.count < asked.count {
            notes.append("\(asked.count - usable.count) questions have no answer")
        }
        let least = usable.compactMap(\.decision.audit).min() ?? 1
        for entry in usable {
            guard let answer = answers.cloud[entry.decision.id], let audit = entry.decision.audit,
                Thinning.keeps(entry.decision.id.description, share: least / audit)
            else { continue }
            append(entry, answer: answer, truth: answers.people[entry.decision.id], least)
        }
        if least < 1 {
            notes.append(
                "\(samples.count) of \(usable.count) answers are kept, so that each decision had "
                    + "the same chance, \(Percent.of(least))"
            )
        }
        measureRate(recorded.map(\.decision.arrived), of: samples.count)
    }

    /// Takes every decision that somebody has said the label of.
    private mutating func takeAll(_ recorded: [Recorded], _ verdicts: [TraceVerdict]) {
        let answers = answers(verdicts)
        var told = 0
        for entry in recorded {
            let person = answers.people[entry.decision.id]
            guard let answer = person ?? answers.cloud[entry.decision.id] else { continue }
            if person != nil { told += 1 }
            append(entry, answer: answer, truth: person, 1)
        }
        // Without the cloud's word on any, its model has no part in what is fitted.
        if told == samples.count { cloud = nil }
        if told > 0 { notes.append("\(told) of the labels are people's") }
        measureRate(recorded.map(\.decision.arrived), of: samples.count)
    }

    private mutating func append(
        _ entry: Recorded,
        answer: String,
        truth: String?,
        _ propensity: Double
    ) {
        let plain = Array(entry.classification.probabilities)
        samples.append(
            Sample(
                id: entry.decision.id.description,
                device: entry.decision.device,
                time: entry.decision.time,
                edge: plain.isEmpty ? [entry.classification.score] : plain,
                edgeLabel: place(of: entry.classification.label),
                reference: place(of: answer),
                truth: truth.map { place(of: $0) },
                propensity: propensity
            )
        )
    }

    /// A label's place among the model's, or behind them; whatever a detector does not call usual is
    /// unusual to it.
    private mutating func place(of label: String) -> Int {
        if let place = knownLabels.firstIndex(of: label) {
            return isDetector ? min(1, place) : place
        }
        knownLabels.append(label)
        return isDetector ? 1 : knownLabels.count - 1
    }

    /// Refuses labels of which none is the detector's usual one: they are another vocabulary.
    private mutating func checkLabels() {
        guard refusal == nil, let first = samples.first else { return }
        if first.edge.count == 1, !isDetector {
            refusal = TuneRefusal(
                .request,
                "the trace does not say which two labels the local model has",
                advice: "record again: a detector's are written since they can be calibrated"
            )
        }
        guard isDetector else { return }
        let others = knownLabels.dropFirst(2).map { "`\($0)`" }.joined(separator: ", ")
        guard samples.contains(where: { !$0.isUnusual }) || others.isEmpty else {
            refusal = TuneRefusal(
                .oneClass,
                "nobody says `\(labels[0])`, which the detector calls what is usual: they say "
                    + others,
                advice: "name the detector's two `labels` as they do, and record again"
            )
            return
        }
        if !others.isEmpty { notes.append("\(others) count as `\(labels[1])`") }
    }

    private func unaudited(_ recorded: [Recorded], unasked: Int) -> TuneRefusal {
        var rate = TuneMaterial(source: source, digest: digest)
        rate.measureRate(recorded.map(\.decision.arrived), of: unasked)
        var advice = "put `audit: 1%` into the policy: a share of them is then asked about too"
        if let perDay = rate.rowsPerDay {
            let days = 149 / 0.7 / (perDay / 100)
            advice += "; at \(Self.short(perDay)) kept a day, 2 % disagreement takes "
            advice += "\(Self.days(days)) at least"
        }
        return TuneRefusal(
            .unaudited,
            "\(unasked) of \(recorded.count) decisions were kept local and nobody asked the cloud "
                + "about them",
            advice: advice
        )
    }

    /// The newest cloud model's labels by decision, and people's.
    private mutating func answers(
        _ verdicts: [TraceVerdict]
    ) -> (cloud: [DecisionID: String], people: [DecisionID: String]) {
        var people: [DecisionID: String] = [:]
        var cloud: [DecisionID: String] = [:]
        let newest = verdicts.last { $0.source != .operator }?.model
        self.cloud = newest?.description
        for verdict in verdicts {
            if verdict.source == .operator {
                people[verdict.id] = verdict.label
            } else if verdict.model == newest {
                cloud[verdict.id] = verdict.label
            }
        }
        let others = verdicts.count { $0.source != .operator && $0.model != newest }
        if others > 0 { notes.append("\(others) answers of other cloud models are left out") }
        return (cloud, people)
    }
}
