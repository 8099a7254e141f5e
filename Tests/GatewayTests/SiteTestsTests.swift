// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `The tests of a site's policies` {
    private func files(_ cases: String) -> [String: String] {
        var files = Presses.files
        files["Policies/press/tests.yaml"] = "topic: plant/4/press\ncases:\n" + cases
        files["Policies/press/ask.json"] = Presses.payload(1, want: "ask")
        return files
    }

    private let payloads = """
          - name: inline
            given: { payload: { n: 1, ts: 1700000000000, force: 3.5, want: act, serial: S-77 } }
            expect: { rule: otherwise, label: fine, stage: 1, publishes: [notes/4], sends: [] }
          - name: from a file
            given: { payload_file: ask.json, cloud: { up: true }, verdict: { label: fault } }
            expect:
              route: escalate
              label: fault
              actions: [note, bell]
              sends: [x]
              keeps_private: [serial, secret, want]
          - name: broken
            given: { payload: "{" }
            expect: { rule: ask }

        """

    @Test func `run payloads through the decoder and the model`() throws {
        let folder = try SiteFolder(files(payloads))
        let report = try #require(folder.check().site).runPolicyTests()
        #expect(folder.shown(report.diagnostics) == [])
        let failures = folder.shown(report.failures)
        #expect(failures.count == 1)
        #expect(
            failures.first?.hasPrefix(
                "Policies/press/tests.yaml:14:5: error: the case `broken` of press failed: "
                    + "the payload does not decode ("
            ) == true
        )
        #expect(report.summary == "2 of 3 policy cases passed")
        #expect(!report.hasPassed && !report.hasBrokenFile)
    }

    @Test func `run without a configuration as far as facts go`() throws {
        let facts = """
              - name: facts
                given: { fields: { want: never } }
                expect: { route: drop }

            """
        let folder = try SiteFolder(files(payloads + facts))
        for configuration in ["gone.yaml", "Policies/press/policy.yaml"] {
            let run = PolicyTestRun.run(
                configuration: "\(folder.path)/\(configuration)",
                policies: "\(folder.path)/Policies",
                filter: nil,
                logger: silence
            )
            #expect(run.obstacle != nil)
            #expect(run.diagnostics.isEmpty == (configuration == "gone.yaml"))
            let report = try #require(run.report)
            #expect(report.summary == "1 of 4 policy cases passed, 3 skipped")
            #expect(report.hasPassed)
        }
    }

    @Test func `read the shipped policies without a configuration or models`() throws {
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let run = PolicyTestRun.run(
            configuration: root + "/Policies/gone.yaml",
            policies: root + "/Policies",
            filter: nil,
            logger: silence
        )
        #expect(run.diagnostics.filter { $0.severity == .error }.map(\.message) == [])
        let report = try #require(run.report)
        #expect(report.hasPassed)
        #expect(report.cases > 0)
    }

    @Test func `one policy that cannot be read hides the others from no reader`() throws {
        var files = Presses.files
        files["Policies/broken/policy.yaml"] = "policy: broken\notherwise: 7\n"
        let folder = try SiteFolder(files)
        let configuration = try #require(
            GatewayConfiguration.read(path: folder.path + "/sluice.yaml").0
        )
        #expect(configuration.readablePolicies().map(\.name) == ["press"])
        #expect(folder.check().site == nil)
    }

    @Test func `a repository of models that is not there is one problem`() throws {
        var files = Presses.files
        files["models/pulse/1/model.yaml"] = nil
        let folder = try SiteFolder(files)
        let found = folder.shown(folder.check().diagnostics.filter { $0.severity == .error })
        #expect(found.count == 1)
        let problem = "models: error: the model repository cannot be read"
        #expect(found.first?.hasPrefix(problem) == true)
    }

    @Test func `take one policy's own folder, and the cases asked for`() throws {
        let folder = try SiteFolder(files(payloads))
        func run(_ filter: String?) throws -> PolicyTestReport {
            let run = PolicyTestRun.run(
                configuration: folder.path + "/sluice.yaml",
                policies: folder.path + "/Policies/press",
                filter: filter,
                logger: silence
            )
            #expect(run.obstacle == nil)
            return try #require(run.report, "\(folder.shown(run.diagnostics))")
        }
        #expect(try run("inline").cases == 1)
        #expect(try run("press").cases == 3)
        #expect(try run("lathe").cases == 0)
    }

    @Test func `say nothing of policies that cannot be read`() throws {
        let folder = try SiteFolder(
            Presses.changing("otherwise: { route: act }", to: "otherwise: 7")
        )
        let run = PolicyTestRun.run(
            configuration: folder.path + "/sluice.yaml",
            policies: nil,
            filter: nil,
            logger: silence
        )
        #expect(run.report == nil)
        #expect(!run.diagnostics.isEmpty)
    }

    @Test func `a refusal is remembered with its first time until a set is taken`() {
        let board = RefusalBoard()
        #expect(board.current == nil)
        let error = Diagnostic(.error, "wrong", file: "p.yaml")
        board.refuse([error], at: WallTime(nanoseconds: 0))
        board.refuse(Array(repeating: error, count: 10), at: WallTime(nanoseconds: 1))
        #expect(board.current?.since == "1970-01-01T00:00:00Z")
        #expect(board.current?.reasons.count == 9)
        #expect(board.current?.reasons.last == "and 2 more")
        board.clear()
        #expect(board.current == nil)
    }
}
