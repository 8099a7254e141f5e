// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

extension PolicyCase {
    init(_ node: SettingsNode, policy: Policy, topic: SettingsNode?) {
        self.policy = policy
        name = node.string("name")
        readings = ReadingBatch(fieldCount: policy.reading.fields.count)
        let now = WallTime(nanoseconds: 1_750_000_000_000_000_000)
        situation = Situation(finding: nil, topic: "", captures: [], now: now)
        let given = node.mapping("given")
        readTopic(given, default: topic)
        readFinding(given)
        readFields(given, now: now)
        readFacts(given)
        readExpected(node.mapping("expect"))
    }

    private mutating func readTopic(_ given: SettingsNode, default topic: SettingsNode?) {
        guard let node = given.node("topic") ?? topic else {
            given.problemWithKey(
                "the case has no `topic`",
                hint: "give one to the case, or one for all at the top of the file"
            )
            return
        }
        guard let name = node.read(.string) else { return }
        guard let captures = policy.match.captures(in: name) else {
            node.problem(
                "the topic `\(name)` does not match `\(policy.match.source)`"
            )
            return
        }
        situation.topic = name
        situation.captures = captures
        let names = policy.match.names
        device =
            given.optionalString("device")
            ?? policy.reading.device.filled { place in
                names.firstIndex(of: place).map { captures[$0] }
            } ?? "device"
    }

    private mutating func readFinding(_ given: SettingsNode) {
        let model = ModelReference(name: policy.model ?? "", version: "1")
        if let node = given.optionalMapping("finding") {
            let outcome = Self.outcome(node)
            let latency = node.duration("latency", default: .milliseconds(1))
            situation.finding = Finding(model: model, outcome: outcome, latency: latency)
            if policy.model == nil { node.problemWithKey("the policy has no `model`") }
        }
        if let node = given.optionalMapping("verdict") {
            verdict = Verdict(
                label: node.string("label"),
                confidence: node.optional("confidence", .number(in: 0...1)),
                endpoint: policy.endpoints.first ?? "",
                model: model,
                latency: .milliseconds(50)
            )
        }
    }

    private static func outcome(_ node: SettingsNode) -> Finding.Outcome {
        let label = node.optionalString("label")
        let confidence = node.optional("confidence", .number(in: 0...1))
        let score = node.optional("score", .number())
        let margin = node.optional("margin", .number(in: 0...1))
        let probabilities = node.optional("probabilities", .list(of: .number(in: 0...1)))
        let value = node.optional("value", .number())
        if node.flag("failed", default: false) { return .failed(reason: "as given") }
        if let value { return .value(value) }
        return .classification(
            Finding.Classification(
                label: label ?? "",
                score: score ?? confidence ?? 0,
                confidence: confidence,
                margin: margin,
                probabilities: probabilities ?? []
            )
        )
    }

    private mutating func readFields(_ given: SettingsNode, now: WallTime) {
        var values = [FieldValue](repeating: .absent, count: policy.reading.fields.count)
        for node in given.named("fields") {
            guard let slot = policy.reading.slot(of: node.name) else {
                let names = policy.reading.fields.map(\.name)
                node.problemWithKey(
                    "unknown field `\(node.name)`",
                    hint: Suggestion.hint(for: node.name, among: names)
                )
                continue
            }
            values[slot] = value(of: node, policy.reading.fields[slot].kind)
        }
        let row = ReadingBatch.Row(
            message: 0,
            index: 0,
            device: device,
            deviceTime: now,
            sequence: 1
        )
        readings.append(row, values: values)
    }

    private mutating func value(
        of node: SettingsNode,
        _ kind: ReadingSpec.FieldKind
    ) -> FieldValue {
        if node.isNothing { return .absent }
        switch kind {
        case .number:
            return node.read(.number()).map { .number($0) } ?? .absent
        case .text:
            return node.read(.anyString).map { .text($0) } ?? .absent
        case .flag:
            return node.read(.flag).map { .flag($0) } ?? .absent
        case .samples:
            return samples(node)
        case .any:
            if node.isList { return samples(node) }
            if let text = node.text, let number = Quantity.number(text) { return .number(number) }
            if node.text == "true" || node.text == "false" { return .flag(node.text == "true") }
            return node.read(.anyString).map { .text($0) } ?? .absent
        }
    }

    private mutating func samples(_ node: SettingsNode) -> FieldValue {
        guard let numbers = node.read(.list(of: .number())) else { return .absent }
        let start = readings.samples.count
        for number in numbers { readings.appendSample(number) }
        return .samples(start..<readings.samples.count)
    }

    private mutating func readFacts(_ given: SettingsNode) {
        situation.isRetained = given.flag("retained", default: false)
        situation.deadlineLeft = policy.deadline
        if let node = given.optionalMapping("deadline") {
            situation.deadlineLeft = node.optionalDuration("left") ?? policy.deadline
        }
        if let node = given.optionalMapping("cloud") {
            let isUp = node.flag("up", default: true)
            situation.cloud = CloudFacts(
                isUp: isUp,
                p50: node.duration("p50", default: .milliseconds(40)),
                p95: node.duration("p95", default: .milliseconds(80)),
                samples: 100,
                inFlight: node.integer("in_flight", default: 0),
                breaker: node.value(
                    "breaker",
                    .choice(CloudFacts.Breaker.self),
                    default: isUp ? .closed : .open
                ),
                budgetLeft: node.value("budget_left", .fraction, default: 1)
            )
        }
        if let node = given.optionalMapping("queue") {
            situation.queue = QueueFacts(
                depth: node.integer("depth", default: 0),
                bytes: node.size("bytes", default: 0),
                fill: node.value("fill", .fraction, default: 0),
                oldest: node.duration("oldest", default: .zero)
            )
        }
    }

    private mutating func readExpected(_ node: SettingsNode) {
        let rules = policy.rules.map(\.name) + [policy.otherwise.name]
        let actions = policy.actions.map(\.name)
        let priorities = Priority.allCases.map { (word: $0.name, value: $0) }
        expected.route = node.optional("route", .choice(Route.self))
        expected.rule = node.optional("rule", .choice(of: rules.map { ($0, $0) }))
        expected.isProvisional = node.optional("provisional", .flag)
        expected.fallback = node.optional("fallback", .choice(Fallback.self))
        expected.spooled = node.optional("spooled", .choice(of: priorities))
        expected.publishes = node.optional("publishes", .list(of: .string))
        expected.actions = node.optional(
            "actions",
            .list(of: .choice(of: actions.map { ($0, $0) }))
        )
    }
}
