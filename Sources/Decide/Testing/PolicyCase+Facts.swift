// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What the rules and actions make of a case that gives facts: what the running path would, by its rules.
extension PolicyCase {
    func result(
        _ evaluator: PolicyEvaluator,
        _ tensors: [(name: String, fields: [String])]?
    ) -> CaseResult {
        let ruling = evaluator.decide(situation, readings: readings, row: 0)
        var result = CaseResult(ruling: ruling)
        result.failures = evaluator.failures
        result.observed = evaluator.observed()
        var done: [Int] = []
        for word in words(evaluator, ruling, &result) { done += word }
        let found = situation.finding
        let heard = ruling.asksCloud ? verdict : nil
        result.label = heard?.label ?? found?.classification?.label
        result.stage = found?.stage
        result.alarm = found.flatMap { policy.alarm(of: $0) }
        result.actions = done.map { policy.actions[$0].name }
        result.topics = done.compactMap { topic(of: $0, ruling) }
        var fields = Set<String>()
        if ruling.asksCloud {
            result.tensors = (tensors ?? []).map(\.name)
            // Where nobody knows the tensors, all that they may be made of.
            fields = Set(tensors?.flatMap(\.fields) ?? policy.privacy.send)
        }
        for index in done {
            guard case .webhook = policy.actions[index].target else { continue }
            fields.formUnion(policy.actions[index].payload?.names ?? policy.privacy.send)
        }
        result.fields = policy.reading.fields.map(\.name).filter(fields.contains)
        return result
    }

    /// The places of the actions done, first word first.
    private func words(
        _ evaluator: PolicyEvaluator,
        _ ruling: Ruling,
        _ result: inout CaseResult
    ) -> [[Int]] {
        switch ruling.route {
        case .act:
            let first = evaluator.actions(situation, readings: readings, row: 0)
            note(evaluator, &result)
            guard ruling.isProvisional, let verdict else { return [first] }
            return [first, late(evaluator, verdict, &result, done: first)]
        case .escalate:
            guard let verdict else { return [] }
            return [afterwards(evaluator, verdict, &result)]
        case .defer:
            guard let verdict else { return [] }
            return [late(evaluator, verdict, &result, done: [])]
        case .drop:
            return []
        }
    }

    /// A late word fires what was not done before and is not too old for it.
    private func late(
        _ evaluator: PolicyEvaluator,
        _ verdict: Verdict,
        _ result: inout CaseResult,
        done: [Int]
    ) -> [Int] {
        afterwards(evaluator, verdict, &result).filter { index in
            !done.contains(index) && policy.actions[index].maximumAge != nil
        }
    }

    /// With the finding, which is kept until an answer comes, and nothing of the link.
    private func afterwards(
        _ evaluator: PolicyEvaluator,
        _ verdict: Verdict,
        _ result: inout CaseResult
    ) -> [Int] {
        let later = Situation(
            finding: situation.finding,
            topic: situation.topic,
            captures: situation.captures,
            now: situation.now
        )
        let indices = evaluator.actions(later, readings: readings, row: 0, verdict: verdict)
        note(evaluator, &result)
        return indices
    }

    /// Adds what the conditions of actions have read.
    private func note(_ evaluator: PolicyEvaluator, _ result: inout CaseResult) {
        let known = Set(result.observed.map(\.variable))
        result.observed += evaluator.observed().filter { !known.contains($0.variable) }
    }

    /// The topic that action `index` publishes to; nil when it does not publish.
    private func topic(of index: Int, _ ruling: Ruling) -> String? {
        guard case .publish(let topic, _, _) = policy.actions[index].target else { return nil }
        return topic.filled { place in
            if let capture = policy.match.names.firstIndex(of: place) {
                return situation.captures.indices.contains(capture)
                    ? situation.captures[capture] : nil
            }
            switch place {
            case "device": return device
            case "label": return verdict?.label ?? situation.finding?.classification?.label
            case "policy": return policy.name
            case "route": return ruling.route.rawValue
            case "rule": return ruling.ruleName
            default: return nil
            }
        } ?? "a topic with an empty place"
    }
}

extension Ruling {
    /// True when something of the reading is sent to the cloud, now or later.
    var asksCloud: Bool { route == .escalate || route == .defer || isProvisional }
}

extension Policy {
    /// The probability that a finding gives the alarm labels; nil where it gives none, or there are no labels.
    public func alarm(of finding: Finding) -> Double? {
        guard let found = finding.classification, let last = alarmPlaces.max(),
            last < found.probabilities.count
        else { return nil }
        return alarmPlaces.reduce(0) { $0 + found.probabilities[$1] }
    }
}
