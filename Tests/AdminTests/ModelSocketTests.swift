// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Gateway
import Testing
import Vocabulary

@testable import Admin

@Suite(.serialized, .timeLimit(.minutes(1))) struct `Models by the control socket` {
    private func site() throws -> ControlSite {
        var files: [String: String] = [:]
        for version in 1...3 {
            files["models/pulse/\(version)/model.yaml"] = """
                kind: detector
                detector: { type: robust-z, feature: force, warm_up: \(version + 10) }
                """
        }
        files["models/pulse/4/model.yaml"] = "kind: detector"
        return try ControlSite(
            files,
            models: "models: { path: models, use: { pulse: { version: 1, "
                + "canary: { version: 2, share: 10%, failures: 1% } } } }",
            policy: "model: pulse"
        )
    }

    private func ask(
        _ client: ControlClient,
        _ verb: String,
        _ version: Int? = nil
    ) async throws -> ModelChange {
        let query = [("model", "pulse"), ("version", version.map { String($0) })]
        let answer = try await client.send("POST", "/v1/models/\(verb)", query: query)
        return try ModelChange.decoded(answer)
    }

    private func roles(_ site: ControlSite) -> [String: String] {
        let versions = site.gateway.modelReports(disk: false).first?.versions ?? []
        return versions.reduce(into: [:]) { $0[$1.role ?? "-"] = $1.version }
    }

    @Test func `promotes, rolls back and resets, and writes it down`() async throws {
        let site = try site()
        try await site.serving { client in
            #expect(roles(site) == ["active": "1", "canary": "2"])
            let promoted = try await ask(client, "promote")
            #expect(promoted.isTaken)
            #expect(promoted.message == "model `pulse` is promoted: version 2 speaks")
            #expect(roles(site) == ["active": "2"])
            let file = site.folder + "/spool.sqlite.models.yaml"
            let text = String(
                decoding: FileManager.default.contents(atPath: file) ?? Data(),
                as: UTF8.self
            )
            #expect(text.contains("version: 2"))
            #expect(text.contains("previous: 1"))
            let third = try await ask(client, "promote", 3)
            #expect(third.isTaken)
            let back = try await ask(client, "rollback")
            #expect(back.isTaken)
            #expect(roles(site) == ["active": "2"])
            let reset = try await ask(client, "reset")
            #expect(reset.isTaken)
            #expect(roles(site) == ["active": "1", "canary": "2"])
            let nothing = try await ask(client, "reset")
            #expect(nothing.message == "nothing was chosen for model `pulse`")
        }
    }

    @Test func `ends a canary even where nothing on disk can be read any more`() async throws {
        let site = try site()
        try await site.serving { client in
            try site.write("Policies/press/policy.yaml", "nonsense")
            try site.write("sluice.yaml", "nonsense")
            try FileManager.default.removeItem(atPath: site.folder + "/models/pulse/1")
            let ended = try await ask(client, "rollback")
            #expect(ended.isTaken)
            #expect(roles(site) == ["active": "1"])
            // What needs the files is refused, and changes nothing.
            let refused = try await ask(client, "promote", 3)
            #expect(!refused.isTaken)
            #expect(roles(site) == ["active": "1"])
        }
    }

    @Test func `refuses a version that does not load, and one that is not there`() async throws {
        let site = try site()
        try await site.serving { client in
            let bad = try await ask(client, "promote", 4)
            #expect(!bad.isTaken)
            #expect(bad.message == "model `pulse` is not promoted: nothing has changed")
            #expect(bad.problems.contains { $0.contains("pulse/4/model.yaml") })
            let none = try await ask(client, "promote", 9)
            #expect(none.problems.contains { $0.contains("no version 9, which speaks") })
            #expect(roles(site) == ["active": "1", "canary": "2"])
            let path = "/v1/models/promote"
            let odd = try await client.send("POST", path, query: [("model", "other")])
            #expect(try ModelChange.decoded(odd).isTaken == false)
            await #expect(throws: ControlClient.Failure.self) {
                _ = try await client.send("POST", path)
            }
            await #expect(throws: ControlClient.Failure.self) {
                _ = try await client.send("GET", path, query: [("model", "pulse")])
            }
        }
    }

    @Test func `shows every version, also those on disk alone`() async throws {
        let site = try site()
        try await site.serving { client in
            let reports = try ModelReport.decoded(try await client.send("GET", "/v1/models"))
            let versions = try #require(reports.first?.versions)
            #expect(versions.map(\.version) == ["4", "3", "2", "1"])
            #expect(versions.map(\.role) == [nil, nil, "canary", "active"])
            #expect(versions[2].share == 0.1)
            #expect(versions[0].problem != nil)
            #expect(versions[1].signature == "unsigned")
        }
    }
}
