// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Decide
import Vocabulary

extension Part {
    /// Conditions by themselves.
    static var conditions: [Part] {
        [
            "confidence >= threshold && cloud.up && cloud.p95 < deadline.left",
            "label == \"fault\" && confidence > 0.5",
            "confidence * 2.0 + 1.0 > threshold / 3.0 ? cloud.up : tired",
            "payload.t * 1.8 + 32.0 > 60.0",
            "samples.exists(s, s > 63.0)",
        ].map { source in
            Part("cel \(source)") { try condition(source) }
        }
    }

    private static func condition(_ source: String) throws -> (Int) throws -> Void {
        let environment = Environment(variables: [
            ("confidence", .double), ("threshold", .double), ("cloud.up", .bool),
            ("cloud.p95", .duration), ("deadline.left", .duration), ("label", .string),
            ("payload", .dyn), ("tired", .bool), ("samples", .list(.double)),
        ])
        let compilation = environment.compile(source, expecting: nil)
        guard let program = compilation.program else {
            throw PartFailure("\(compilation.problems)")
        }
        let frame = environment.makeFrame()
        frame.set(1, double: 0.8)
        frame.set(2, bool: true)
        frame.set(3, nanoseconds: 80_000_000)
        frame.set(4, nanoseconds: 200_000_000)
        frame.set(5, "fault")
        frame.set(6, .map(ValueMap(fields: [("t", 21.5), ("tags", .list(["hot", "new"]))])))
        frame.set(7, bool: true)
        frame.set(8, .list((0..<64).map { .double(Double($0)) }))
        var held = 0
        return { count in
            for index in 0..<count {
                // As a message would, it fills one slot first.
                frame.set(0, double: Double(index & 1023) / 512 + 0.7)
                if try program.holds(frame) { held += 1 }
            }
        }
    }

    /// A finding → a decision, by five rules.
    static var decisions: [Part] {
        [
            Part("decide, the first rule holds") { try decide(gloss: 82, weight: 40, is: 0) },
            Part("decide, the fourth rule holds") { try decide(gloss: 82, weight: 120, is: 3) },
            Part("decide, and its actions", count: 1_000) {
                try decide(gloss: 30, weight: 120, is: 3, actions: 1)
            },
        ]
    }

    private static let policy = """
        policy: small
        match: { topic: "bench/small/+unit/data" }
        reading:
          format: json
          device: "small-{unit}"
          time: ts
          sequence: n
          fields: { weight: weight, width: width, gloss: gloss }
        model: quality-inspection
        threshold: 0.5
        rules:
          - { name: not a part, when: weight < 50.0 || width <= 0.0, route: drop }
          - { name: no opinion, when: model.failed, route: drop }
          - { name: doubtful, when: width > 45.0, route: drop }
          - { name: sure, when: confidence >= threshold, route: act }
          - { name: weak, when: score < 0.2 && queue.fill < 0.9, route: act }
        otherwise: { route: act }
        actions:
          - { name: alert, when: gloss < 40.0, publish: { topic: "alerts/small", qos: 1 } }
        privacy: { send: [] }
        """

    private static func decide(
        gloss: Double,
        weight: Double,
        is rule: Int,
        actions: Int? = nil
    ) throws -> (Int) throws -> Void {
        let model = ModelReference(name: "quality-inspection", version: "1")
        let (set, diagnostics) = PolicySet.read(
            [("small/policy.yaml", Array(policy.utf8))],
            surroundings: Surroundings(
                models: [
                    "quality-inspection": ModelShape(labels: ["pass", "reject"], kind: .classifier)
                ],
                endpoints: [],
                inputs: []
            )
        )
        guard let policy = set?.policies.first else { throw PartFailure("\(diagnostics)") }
        let evaluator = PolicyEvaluator(policy)
        var readings = ReadingBatch(fieldCount: 3)
        readings.append(
            ReadingBatch.Row(message: 0, index: 0, device: "d", deviceTime: nil, sequence: 1),
            values: [.number(weight), .number(40), .number(gloss)]
        )
        var situation = Situation(
            finding: Finding(
                model: model,
                outcome: .classification(
                    .init(
                        label: "pass",
                        score: 0.93,
                        confidence: 0.93,
                        probabilities: [0.93, 0.07]
                    )
                ),
                latency: .zero
            ),
            topic: "bench/small/d1/data",
            captures: ["d1"],
            now: WallTime(nanoseconds: 1_750_000_000_000_000_000)
        )
        return { count in
            for _ in 0..<count {
                let ruling = evaluator.decide(&situation, readings: readings, row: 0)
                guard ruling.ruleIndex == rule else {
                    throw PartFailure("rule \(ruling.ruleIndex ?? -1) held")
                }
                guard let actions else { continue }
                let holding = evaluator.actionsOfDecided(&situation, readings: readings, row: 0)
                guard holding.count == actions else { throw PartFailure("\(holding) hold") }
            }
        }
    }
}
