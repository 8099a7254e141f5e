// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Testing

@Suite struct `The verb test` {
    private static let policy = """
        policy: doors
        match: { topic: site/+door/state }
        reading:
          device: "{door}"
          sequence: n
          fields: { open: { path: open, type: flag }, code: { path: code, type: text } }
        escalate: [central]
        deadline: 2s
        rules:
          - { name: shut, when: "!open", route: drop }
          - { name: ask, when: cloud.up, route: escalate, fallback: act_provisionally }
        otherwise: { route: act, provisional: true }
        actions:
          - { name: bell, when: open, publish: { topic: "alerts/{door}" } }
        privacy: { send: [open] }
        """

    private static let cases = """
        topic: site/north/state
        cases:
          - name: shut is nobody's business
            given: { fields: { open: false } }
            expect: { rule: shut, actions: [] }
          - name: open rings
            given: { fields: { open: true }, cloud: { up: true, p95: 40ms } }
            expect: { route: act, publishes: [alerts/north], sends: [] }
          - name: a payload
            given: { payload: { open: true, code: "1234" } }
            expect: { keeps_private: [code] }
        """

    /// The command, which is built into the folder of the tests' own program.
    private static let binary: String? = {
        let program =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let places = CommandLine.arguments + [program]
        return places.map { place in
            guard let end = place.firstRange(of: "/debug/") else { return "" }
            return place[..<end.upperBound] + "sluice"
        }
        .first { $0.hasPrefix("/") && access($0, X_OK) == 0 }
    }()

    /// Runs the real binary on the policy with these cases; what it printed, and how it ended.
    private func run(
        _ cases: String?,
        _ options: String = "",
        configuration: String? = nil
    ) throws -> (text: String, status: Int) {
        let folder =
            FileManager.default.temporaryDirectory.path + "/doors-\(UInt64.random(in: 0 ... .max))"
        let home = folder + "/Policies/doors"
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(Self.policy.utf8).write(to: URL(filePath: home + "/policy.yaml"))
        if let configuration {
            try Data(configuration.utf8).write(to: URL(filePath: folder + "/wrong.yaml"))
        }
        if let cases { try Data(cases.utf8).write(to: URL(filePath: home + "/tests.yaml")) }
        let binary = try #require(Self.binary, "the binary is built beside the tests")
        let output = folder + "/output"
        // A shell is all that is needed to catch both streams.
        let status = system(
            "cd '\(folder)' && '\(binary)' test Policies \(options) >'\(output)' 2>&1"
        )
        let text = String(decoding: try Data(contentsOf: URL(filePath: output)), as: UTF8.self)
        return (text, Int(status >> 8) & 0xFF)
    }

    @Test func `shows what differs and what was reached`() throws {
        let (text, status) = try run(Self.cases)
        #expect(status == 1)
        try expectSnapshot("text-test-failing", text)
    }

    @Test func `fails for a rule that is not reached only when strict`() throws {
        let passing = String(Self.cases.split(separator: "  - name: open")[0])
        #expect(try run(passing).status == 0)
        #expect(try run(passing, "--strict").status == 1)
        #expect(try run(nil).status == 0)
        #expect(try run(nil, "--strict").status == 1)
    }

    @Test func `ends with 78 for a wrong file and 64 for a wrong line`() throws {
        #expect(try run("cases: 7").status == 78)
        #expect(try run(Self.cases, "--strict --filter shut").status == 64)
        #expect(try run(Self.cases, "--filter shut").status == 0)
    }

    @Test func `says what was not run, why and what to do`() throws {
        let facts = String(Self.cases.split(separator: "  - name: open")[0])
        let payload = String(Self.cases.split(separator: "  - name: a payload")[1])
        let cases = facts + "  - name: a payload" + payload
        let (text, status) = try run(cases)
        #expect(status == 0)
        #expect(text.contains("NOT RUN: 1 of 2 cases, because there is no sluice.yaml."))
        #expect(text.contains("--config FILE") && text.contains("With --strict this is a failure."))
        #expect(try run(cases, "--strict").status == 1)
        let json = try run(cases, "--json")
        #expect(json.status == 0)
        #expect(json.text.contains("sluice: NOT RUN: 1 of 2 cases"))
    }

    @Test func `fails where nothing could be run`() throws {
        let payload = String(Self.cases.split(separator: "  - name: a payload")[1])
        let cases = "topic: site/north/state\ncases:\n  - name: a payload" + payload
        let (text, status) = try run(cases)
        #expect(status == 1)
        #expect(text.contains("NOT RUN: 1 of 1 case, because"))
        #expect(text.contains("Nothing was tested, which is a failure."))
    }

    @Test func `ends with 78 for a wrong configuration, and runs what needs none`() throws {
        let facts = String(Self.cases.split(separator: "  - name: open")[0])
        let (text, status) = try run(facts, "-c wrong.yaml", configuration: "site: 7\n")
        #expect(status == 78)
        #expect(text.contains("wrong.yaml:1:"))
        #expect(text.contains("1 of 1 policy cases passed"))
    }

    @Test func `prints JSON`() throws {
        let (text, status) = try run(Self.cases, "--json --filter open")
        #expect(status == 1)
        #expect(text.contains(#"{"what":"route","expected":"act","found":"escalate"}"#))
        #expect(text.contains(#""passed":false,"cases":1,"failed":1,"skipped":0"#))
    }
}
