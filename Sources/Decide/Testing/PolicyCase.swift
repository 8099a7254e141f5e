// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// One case of a policy's tests.
struct PolicyCase {
    let policy: Policy
    let name: String
    /// Where it begins in its file.
    let place: SettingsPlace
    var situation: Situation
    var readings: ReadingBatch
    var device = ""
    var verdict: Verdict?
    /// The payload it gives in place of fields.
    var payload: [UInt8]?
    /// The messages that come before it.
    var earlier: [CaseEarlier] = []
    /// How long after the last of them it comes, and how often it was sent before.
    var after = Interval.zero
    var repetition = 0
    /// True where it gives `alarm`, which needs the model's labels.
    var givesAlarm = false
    var expected = CaseExpectation()

    /// The message it gives; nil for a case of facts.
    var message: CaseMessage? {
        payload.map { payload in
            CaseMessage(
                topic: situation.topic,
                payload: payload,
                earlier: earlier,
                after: after,
                repetition: repetition,
                finding: situation.finding,
                verdict: verdict,
                cloud: situation.cloud,
                queue: situation.queue,
                bound: situation.bound,
                deadlineLeft: situation.deadlineLeft,
                isRetained: situation.isRetained
            )
        }
    }

    /// Why it cannot be run without a bench; nil where it can.
    var need: String? {
        if payload != nil { return "its payload wants the gateway's decoder and models" }
        let isClassified = situation.finding?.classification != nil
        if givesAlarm || (policy.costs != nil && isClassified),
            policy.alarmPlaces.isEmpty
        {
            return "`alarm` wants the model's labels"
        }
        return nil
    }

    /// Runs it: on the bench where it gives a payload, by the rules alone where it gives facts.
    func run(_ evaluator: PolicyEvaluator, on bench: (any PolicyTestBench)?) -> PolicyTests.Outcome
    {
        if let need, bench == nil { return outcome(skipped: need) }
        guard let message, let bench else {
            let result = result(evaluator, bench?.outboundTensors)
            return outcome(of: [result], tensors: bench?.outboundTensors)
        }
        do throws(CaseFault) {
            return outcome(
                of: try bench.results(of: message),
                tensors: bench.outboundTensors
            )
        } catch {
            return outcome(fault: error.message)
        }
    }

    private func outcome(
        of results: [CaseResult],
        tensors: [(name: String, fields: [String])]?
    ) -> PolicyTests.Outcome {
        var outcome = outcome()
        let count = results.count
        if let wanted = expected.readings, wanted != count {
            outcome.differences.append(.init("readings", "\(wanted)", "\(count)"))
        }
        guard let first = results.first else {
            if !expected.isOnlyReadings, expected.readings == nil {
                outcome.fault =
                    earlier.isEmpty
                    ? "the payload holds no reading, or none that completes the model's window"
                    : "the last message holds no reading, or none that completes the model's window"
            }
            return outcome
        }
        outcome.differences += expected.differences(from: first, tensors: tensors ?? [])
        outcome.rule = first.ruling.ruleName
        outcome.observed = first.observed
        outcome.rules = tried(first)
        outcome.actions = policy.actions.map { action in
            .init(
                name: action.name,
                when: action.when,
                held: first.actions.contains(action.name) ? .yes : .no
            )
        }
        outcome.reached = results.map(\.ruling.ruleName)
        outcome.done = results.flatMap(\.actions)
        return outcome
    }

    /// The rules in the order they were tried, to the one that held.
    private func tried(_ result: CaseResult) -> [PolicyTests.Tried] {
        let last = result.ruling.ruleIndex ?? policy.rules.count
        var tried = policy.rules.prefix(last).map { rule -> PolicyTests.Tried in
            let failure = result.failures.first { $0.name == rule.name }
            let held = failure.map { PolicyTests.Tried.Held.failed($0.message) } ?? .no
            return .init(name: rule.name, when: rule.when, held: held)
        }
        let rule = result.ruling.ruleIndex.map { policy.rules[$0] } ?? policy.otherwise
        tried.append(.init(name: rule.name, when: rule.when, held: .yes))
        return tried
    }

    private func outcome(skipped: String? = nil, fault: String? = nil) -> PolicyTests.Outcome {
        PolicyTests.Outcome(
            name: name,
            line: place.line,
            column: place.column,
            skipped: skipped,
            fault: fault
        )
    }
}
