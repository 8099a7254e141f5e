// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@Suite struct `Policy` {
    @Test func `a sound policy is read whole`() throws {
        let (set, diagnostics) = read(soundPolicy)
        #expect(diagnostics.isEmpty)
        let policy = try #require(set?.policies.first)
        #expect(policy.name == "bearing-wear")
        #expect(policy.version.count == 12)
        #expect(policy.match.names == ["line", "machine"])
        #expect(policy.reading.fields.map(\.name) == ["vib", "temp", "serial", "other"])
        #expect(policy.reading.fields.map(\.kind) == [.samples, .number, .text, .any])
        #expect(policy.reading.fields.map(\.isRequired) == [true, false, false, true])
        #expect(policy.reading.timeUnit == .milliseconds)
        #expect(policy.model == "wear")
        #expect(policy.threshold?.value == 0.88)
        #expect(policy.deadline == .milliseconds(250))
        #expect(policy.rules.map(\.name) == ["sure", "ask"])
        #expect(policy.rules[0].when == "confidence >= threshold")
        #expect(policy.rules[1].fallback == .actProvisionally)
        #expect(policy.otherwise.isProvisional)
        #expect(policy.otherwise.priority == .high)
        #expect(policy.privacy.send == ["vib", "temp"])
        let action = try #require(policy.actions.first)
        #expect(action.hold == ActionSpec.Hold?.some(.init(of: 5, atLeast: 3, quiet: .seconds(60))))
        #expect(action.order == .fast)
        guard case .publish(let topic, 1, false) = action.target else {
            Issue.record("it publishes at QoS 1, unretained")
            return
        }
        #expect(topic.source == "alerts/{line}/{machine}")
    }

    @Test func `the same bytes have the same version and other bytes another`() throws {
        let first = try #require(read(soundPolicy).0)
        let second = try #require(read(soundPolicy).0)
        let other = try #require(read(soundPolicy + "\n").0)
        #expect(first.digest == second.digest)
        #expect(first.policies[0].version == second.policies[0].version)
        #expect(first.policies[0].version != other.policies[0].version)
        #expect(first.digest != other.digest)
    }

    @Test func `the examples of the project are in order`() throws {
        let surroundings = Surroundings(
            models: [
                "bearing-wear": ModelShape(
                    labels: ["healthy", "worn", "fault"],
                    kind: .classifier,
                    digest: "256077340834"  // what its threshold was tuned for
                ),
                "quality-inspection": ModelShape(labels: ["pass", "reject"], kind: .classifier),
                "quality-first-look": ModelShape(labels: ["pass", "reject"], kind: .classifier),
                "vital-signs": ModelShape(labels: ["normal", "unusual"], kind: .detector),
                "pump-trend": ModelShape(
                    labels: ["normal", "leak", "cavitation"],
                    kind: .classifier
                ),
                "pump-unusual": ModelShape(labels: ["normal", "anomaly"], kind: .detector),
                "cap-inspection": ModelShape(
                    labels: ["good", "scratched", "dented", "empty"],
                    kind: .classifier
                ),
                "part-finder": ModelShape(labels: ["bolt", "nut"], kind: .detections),
                "pipe-leak": ModelShape(labels: ["tight", "leak"], kind: .classifier),
                "gearbox-life": ModelShape(labels: [], kind: .value),
            ],
            endpoints: ["central"],
            cloudModels: ["central": ["bearing-wear": "bearing-wear-large/1"]],
            inputs: ["plant/#", "ward/#"]
        )
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let (set, diagnostics) = PolicySet.load(
            folder: "/\(root)/Policies",
            surroundings: surroundings
        )
        let found = diagnostics.filter { !$0.message.hasPrefix("the threshold is untuned") }
        #expect(found.map { $0.rendered() }.isEmpty, "\(found)")
        let names = set?.policies.map(\.name)
        #expect(
            names == [
                "acoustic-leak", "bearing-wear", "camera-inspection", "part-count", "pump-trend",
                "pump-unusual", "quality-inspection", "time-to-failure", "vital-signs",
            ]
        )
        for policy in set?.policies ?? [] {
            let report = PolicyTests.run(policy: policy)
            #expect(report.diagnostics.isEmpty, "\(report.diagnostics)")
            #expect(!report.outcomes.isEmpty)
            #expect(report.unreachedRules == [], "\(policy.name)")
            // Cases with whole payloads want the gateway's stages: `sluice test` runs them.
            for outcome in report.outcomes where outcome.skipped == nil {
                #expect(outcome.hasPassed, "\(policy.name): \(outcome)")
            }
        }
    }

    @Test func `a folder that is missing or holds no policy is an error`() {
        let (none, missing) = PolicySet.load(folder: "/nonexistent", surroundings: plant)
        #expect(none == nil)
        #expect(missing.map(\.severity) == [.error])
        let (empty, problems) = PolicySet.load(folder: "/proc/sys/debug", surroundings: plant)
        #expect(empty == nil)
        #expect(problems.map(\.message) == ["there is no policy in it"])
    }
}
