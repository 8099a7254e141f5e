// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Testing
import Vocabulary

@testable import Gateway

/// A policy over two topics of one machine, whose model looks at three readings of one with the other's
/// last value.
@Suite struct `A windowed policy` {
    private static let policy = """
        policy: pump
        match: { topics: [plant/+line/vibration, air/+line] }
        reading:
          device: "{line}"
          time: ts
          fields:
            vib: { path: value, type: number, from: plant/+/vibration }
            temp: { path: value, type: number, from: air/+ }
        model: wear
        otherwise: { route: act }
        actions:
          - { name: hot, when: temp > 30.0, publish: { topic: "hot/{line}" } }
          - { name: note, publish: { topic: "notes/{line}" } }
        """

    private static let model = """
        kind: detector
        detector: { type: robust-z, features: [rms(vib), last(temp)], warm_up: 1000000 }
        window: { count: 3, hop: 2, gap: 5s, join: { on: vib, tolerance: 500ms } }
        labels: [fine, fault]
        """

    private func files(tests: String = "", policy: String = policy) throws -> [String: String] {
        [
            "sluice.yaml": try Presses.configuration.replacing(
                once: "plant/+/press",
                with: "plant/#\", \"air/#"
            ),
            "models/wear/1/model.yaml": Self.model,
            "Policies/pump/policy.yaml": policy,
            "Policies/pump/tests.yaml": tests.isEmpty ? "cases: []" : tests,
        ]
    }

    private func reading(_ value: Double, at time: Int) -> String {
        #"{"value":\#(value),"ts":\#(time)}"#
    }

    @Test func `decides on complete windows, with what other topics brought`() throws {
        let rig = try Rig(try files())
        let path = rig.path()
        path.receive(rig.burst(reading(35, at: 1_000), on: "air/4"))
        path.receive(
            rig.burst(reading(1, at: 1_100), reading(2, at: 1_200), on: "plant/4/vibration")
        )
        #expect(rig.publisher.topics == [])
        path.receive(rig.burst(reading(3, at: 1_300), on: "plant/4/vibration"))
        #expect(rig.publisher.topics == ["hot/4", "notes/4"])
        // Cooler: and the next is complete after two more.
        path.receive(rig.burst(reading(20, at: 1_350), on: "air/4"))
        path.receive(
            rig.burst(reading(4, at: 1_400), reading(5, at: 1_500), on: "plant/4/vibration")
        )
        #expect(rig.publisher.topics == ["hot/4", "notes/4", "notes/4"])
        try path.settle()
        #expect(try rig.words().count == 2)
        #expect(rig.parts.engine?.tally.windows.gathered == 5)
        rig.parts.showCounts()
        let gathered = #"sluice_infer_window_events_total{event="gathered"}"#
        #expect(rig.count(gathered) == 5)
        rig.parts.showCounts()
        #expect(rig.count(gathered) == 5)
        #expect(try rig.letters().isEmpty)
    }

    @Test func `fails a reading that nothing can be joined to`() throws {
        let rig = try Rig(try files())
        let path = rig.path()
        path.receive(rig.burst(reading(1, at: 1_100), on: "plant/4/vibration"))
        #expect(rig.publisher.topics == ["notes/4"])
        #expect(rig.parts.engine?.tally.windows.unjoined == 1)
    }

    @Test func `is tested with several messages`() throws {
        let tests = """
            topic: plant/4/vibration
            cases:
              - name: three readings and the heat
                given:
                  messages:
                    - { topic: air/4, payload: { value: 35, ts: 1000 } }
                    - { payload: { value: 3, ts: 1100 }, repeat: 3, after: 100ms }
                expect: { label: fine, publishes: [hot/4, notes/4], readings: 1 }
              - name: as recorded
                given:
                  messages:
                    - { topic: air/4, payload: { value: 20, ts: 1000 } }
                    - { lines_file: lines.jsonl }
                expect: { label: fine, publishes: [notes/4] }
              - name: two readings are no window
                given:
                  messages:
                    - { topic: air/4, payload: { value: 35, ts: 1000 } }
                    - { payload: { value: 3, ts: 1100 }, repeat: 2 }
                expect: { readings: 0 }
              - name: broken on the way
                given:
                  messages:
                    - { payload: "{" }
                    - { payload: { value: 3, ts: 1100 } }
                expect: { label: fine }

            """
        var all = try files(tests: tests)
        all["Policies/pump/lines.jsonl"] = (1...3).map { reading(1, at: 1_000 + $0) }
            .joined(separator: "\n")
        let folder = try SiteFolder(all)
        let report = try #require(folder.check().site).runPolicyTests()
        #expect(folder.shown(report.diagnostics) == [])
        #expect(report.summary == "3 of 4 policy cases passed")
        let failure = folder.shown(report.failures).first
        #expect(failure?.contains("message 1: the payload does not decode") == true)
    }

    @Test func `is refused where the joined field must be in every reading`() throws {
        let policy = try Self.policy.replacing(once: ", from: air/+", with: "")
        let folder = try SiteFolder(try files(policy: policy))
        let shown = folder.shown(folder.check().diagnostics)
        #expect(
            shown.first?.contains("field `temp` is joined, and every reading must have it") == true
        )
    }

    @Test func `goes on with its windows under a new edition of the policy`() throws {
        let rig = try Rig(try files())
        let path = rig.path()
        path.receive(rig.burst(reading(35, at: 1_000), on: "air/4"))
        path.receive(
            rig.burst(reading(1, at: 1_100), reading(2, at: 1_200), on: "plant/4/vibration")
        )
        rig.board.replace(digest: "new", policies: rig.board.edition.policies)
        path.receive(rig.burst(reading(3, at: 1_300), on: "plant/4/vibration"))
        #expect(rig.publisher.topics == ["hot/4", "notes/4"])
    }
}
