// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Decide

@Suite struct `Conditions on what a model said` {
    private static let camera = Surroundings(
        models: [
            "eye": ModelShape(labels: [], kind: .detections, budget: .milliseconds(400)),
            "wear": ModelShape(labels: ["fault"], kind: .classifier),
        ],
        endpoints: [],
        inputs: ["plant/+/camera"]
    )

    private static func policy(
        when: String,
        model: String = "eye",
        deadline: String = "deadline: 1s"
    ) -> String {
        """
        policy: eye
        match: { topic: plant/+line/camera }
        reading: { device: "{line}", sequence: n, fields: { n: n } }
        model: \(model)
        \(deadline)
        rules: [{ name: seen, when: '\(when)', route: act }]
        otherwise: { route: drop }
        """
    }

    private func isSeen(_ when: String, _ outcome: Finding.Outcome) throws -> Bool {
        let (set, diagnostics) = read(Self.policy(when: when), in: Self.camera)
        let policy = try #require(set?.policies.first, "\(findings(diagnostics))")
        var readings = ReadingBatch(fieldCount: 1)
        readings.append(
            .init(message: 0, index: 0, device: "4", deviceTime: nil, sequence: nil),
            values: [.absent]
        )
        let model = ModelReference(name: "eye", version: "1")
        let situation = Situation(
            finding: Finding(model: model, outcome: outcome, latency: .zero),
            topic: "plant/4/camera",
            captures: ["4"],
            now: WallTime(nanoseconds: 0)
        )
        let evaluator = PolicyEvaluator(policy)
        return evaluator.decide(situation, readings: readings, row: 0).ruleName == "seen"
    }

    private let found = Finding.Outcome.detections([
        .init(label: "person", score: 0.8, box: [0.1, 0.2, 0.3, 0.9]),
        .init(label: "forklift", score: 0.4, box: [0, 0, 1, 1]),
    ])

    @Test(arguments: [
        ("size(detections) == 2", true),
        ("detections.exists(d, d.label == \"person\" && d.score > 0.7)", true),
        ("detections.exists(d, d.label == \"forklift\" && d.score > 0.7)", false),
        ("detections[0].box[3] - detections[0].box[1] > 0.6", true),
        ("detections.exists(d, d.box[0] > 0.5)", false),
        ("size(detections) == 0", false),
        ("model.skipped || model.failed", false),
    ])
    func `read the objects found`(when: String, holds: Bool) throws {
        #expect(try isSeen(when, found) == holds)
    }

    @Test func `tell no objects from no answer`() throws {
        #expect(try isSeen("size(detections) == 0", .detections([])))
        #expect(try !isSeen("size(detections) == 0", .skipped(reason: "late")))
        #expect(try !isSeen("size(detections) == 0", .value(3)))
    }

    @Test func `tell skipped from failed`() throws {
        #expect(try isSeen("model.skipped && !model.failed", .skipped(reason: "late")))
        #expect(try isSeen("model.failed && !model.skipped", .failed(reason: "NaN")))
        #expect(try !isSeen("model.skipped", .value(1)))
    }

    @Test func `say whether a late finding is of use`() throws {
        let policies = ["model.skipped", "size(detections) > 0"].compactMap { when in
            read(Self.policy(when: when), in: Self.camera).0?.policies.first
        }
        #expect(policies.map(\.skipsLateFindings) == [true, false])
    }

    @Test func `are reported where they can have no value`() {
        let noDeadline = read(Self.policy(when: "model.skipped", deadline: ""), in: Self.camera).1
        expect(
            findings(noDeadline),
            [
                "6:30+13 error: `model.skipped` is used, and the policy has no `deadline` to be "
                    + "too late for; add `deadline: 250ms`"
            ]
        )
        let text = Self.policy(when: "size(detections) > 0", model: "wear")
        expect(
            findings(read(text, in: Self.camera).1),
            [
                "6:35+10 error: the model `wear` is a classifier and gives no `detections`; it gives "
                    + "`label`, `score`, `confidence`, `margin`, `probabilities`, `alarm`"
            ]
        )
    }

    @Test func `are asked for where a model may take longer than the deadline`() {
        let late = read(
            Self.policy(when: "size(detections) > 0", deadline: "deadline: 300ms"),
            in: Self.camera
        ).1
        expect(
            findings(late),
            [
                "5:11+5 warning: the model `eye` may take 400ms, longer than the deadline; give "
                    + "readings more time, or the model a smaller `budget`; or say in a rule what "
                    + "becomes of readings whose finding would be late: `when: model.skipped`"
            ]
        )
    }
}
