// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Settings
import Testing
import Vocabulary

@testable import Decide

@Suite struct `Schema of a policy` {
    /// A policy in which everything is said, sound or not.
    private let example = """
        policy: p
        match: { topic: plant/+line/machines/+machine/vibration }
        reading: { format: json, field: f, encoding: u8, channels: 2, channel: 1, rate: 1kHz, each: a, device: "{line}", time: t, time_unit: ms, sequence: n, fields: { temp: { path: t, type: number, required: true } } }
        model: wear
        stages: [{ model: wear, accept: temp > 1.0 }]
        threshold: [{ value: 0.5 }]
        costs: { alarm: [fault], miss: 3, false_alarm: 1, escalation: 0.1 }
        let: { hot: temp > 1.0 }
        rules: [{ name: a, when: hot, route: act }]
        otherwise: { route: act, when: hot }
        actions:
          - { publish: { topic: a } }
          - { webhook: { url: "https://x" }, hold: { of: 1 } }
        sinks: [{ sink: lake, send: both }]
        privacy: { send: [temp] }
        """

    @Test func `knows the keys that the reader knows, in the same forms`() throws {
        let (read, _) = SettingsFile.parse(Array(example.utf8), shownAs: "policy.yaml")
        let file = try #require(read)
        var reader = PolicyReader(
            root: file.root,
            surroundings: plant,
            version: "",
            file: "policy.yaml"
        )
        _ = reader.read()
        // One file cannot have both forms of `threshold`.
        let found = file.root.disagreements(with: SchemaDocument.policy.form)
        #expect(found == [".threshold: the example has none"])
    }

    @Test func `is JSON`() throws {
        for document in [SchemaDocument.policy, .policyTests] {
            struct Head: Decodable { var title: String }
            let head = try JSONDecoder().decode(Head.self, from: Data(document.json()))
            #expect(head.title == document.title)
        }
    }
}
