// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

extension PolicyCase {
    init(_ node: SettingsNode, policy: Policy, topic: SettingsNode?, folder: String) {
        self.policy = policy
        name = node.string("name")
        place = node.place
        readings = ReadingBatch(fieldCount: policy.reading.fields.count)
        let now = WallTime(nanoseconds: 1_750_000_000_000_000_000)
        situation = Situation(finding: nil, topic: "", captures: [], now: now)
        let given = node.mapping("given")
        readTopic(given, default: topic)
        readFinding(given)
        readMessages(given, folder: folder)
        readPayload(given, folder: folder)
        if payload == nil { readFields(given, now: now) }
        readFacts(given)
        expected = CaseExpectation(node.mapping("expect"), policy: policy)
        checkNames(node)
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
            let outcome = outcome(node)
            let latency = node.duration("latency", default: .milliseconds(1))
            situation.finding = Finding(
                model: model,
                outcome: outcome,
                latency: latency,
                stage: node.integer("stage", in: 1...max(1, policy.stages.count), default: 1)
            )
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

    /// Probabilities that give the alarm labels what `alarm` says.
    private mutating func alarm(_ node: SettingsNode) -> [Double]? {
        guard let alarm = node.optional("alarm", .number(in: 0...1)), let place = node.node("alarm")
        else { return nil }
        givesAlarm = true
        if policy.costs == nil {
            place.problemWithKey("the policy has no `costs`, and so no `alarm`")
        }
        if node.has("probabilities") {
            place.problemWithKey("`alarm` stands in place of `probabilities`: give one of them")
        }
        guard let first = policy.alarmPlaces.first, let last = policy.alarmPlaces.max() else {
            return nil
        }
        var probabilities = [Double](repeating: 0, count: last + 2)
        let other = probabilities.indices.first { !policy.alarmPlaces.contains($0) } ?? last + 1
        probabilities[first] = alarm
        probabilities[other] = 1 - alarm
        return probabilities
    }

    private mutating func outcome(_ node: SettingsNode) -> Finding.Outcome {
        let label = node.optionalString("label")
        let confidence = node.optional("confidence", .number(in: 0...1))
        let score = node.optional("score", .number())
        let margin = node.optional("margin", .number(in: 0...1))
        let probabilities = node.optional("probabilities", .list(of: .number(in: 0...1)))
        let value = node.optional("value", .number())
        let alarm = alarm(node)
        let detections = detections(node)
        let isSkipped = node.flag("skipped", default: false)
        if node.flag("failed", default: false) { return .failed(reason: "as given") }
        if isSkipped { return .skipped(reason: "as given") }
        if let detections { return .detections(detections) }
        if let value { return .value(value) }
        return .classification(
            Finding.Classification(
                label: label ?? "",
                score: score ?? confidence ?? 0,
                confidence: confidence,
                margin: margin,
                probabilities: Probabilities(alarm ?? probabilities ?? [])
            )
        )
    }

    /// The objects that the model is to have found; nil where the case gives no list of them.
    private func detections(_ node: SettingsNode) -> [Finding.Detection]? {
        guard node.has("detections") else { return nil }
        return node.children("detections").map { one in
            Finding.Detection(
                label: one.string("label"),
                score: one.value("score", .number(in: 0...1), default: 1),
                box: one.optional("box", .list(of: .number())) ?? [0, 0, 1, 1]
            )
        }
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
                budgetLeft: node.value("budget_left", .fraction, default: 1),
                moneyLeft: node.optional("money_left", .number(in: 0...1e9)),
                callsLeft: node.optionalInteger("calls_left").map { Int64($0) }
            )
        }
        if let node = given.optionalMapping("bound") {
            let holds = node.flag("holds", default: true)
            let estimate = node.value("estimate", .fraction, default: 1)
            situation.bound = BoundFacts(
                estimate: estimate,
                lower: holds ? 0 : estimate,
                upper: estimate,
                samples: node.integer("samples", default: 0),
                isBroken: !holds
            )
        }
        if let node = given.optionalMapping("queue") {
            situation.queue = QueueFacts(
                depth: node.integer("depth", default: 0),
                bytes: node.size("bytes", default: 0),
                fill: node.value("fill", .fraction, default: 0),
                oldest: node.duration("oldest", default: .zero),
                headRoom: node.optionalDuration("head_room")
            )
        }
    }
}
