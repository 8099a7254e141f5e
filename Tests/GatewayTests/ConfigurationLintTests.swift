// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Gateway

@Suite struct `What a configuration cannot mean` {
    private func found(
        broker: String = "{ url: mqtt://localhost }",
        topics: String = "[plant/x]",
        spool: String = "spool.sqlite",
        also: String = "",
        files: [String: String] = [:]
    ) throws -> [String] {
        let text = """
            broker: \(broker)
            inputs: [{ name: a, topics: \(topics) }]
            policies: {}
            spool: { path: \(spool) }
            \(also)
            """
        let folder = try SiteFolder(files.merging(["sluice.yaml": text]) { first, _ in first })
        let (_, diagnostics, _) = GatewayConfiguration.read(path: folder.path + "/sluice.yaml")
        return folder.shown(diagnostics)
    }

    @Test func `a file of certificates without one`() throws {
        let empty = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
        let broker = "{ url: mqtts://b.example, ca_file: ca.pem }"
        #expect(try found(broker: broker, files: ["ca.pem": empty]) == [])
        #expect(
            try found(broker: broker, files: ["ca.pem": "nothing"]) == [
                "sluice.yaml:1:44: error: `ca.pem` holds no certificate in PEM; it begins with "
                    + "`-----BEGIN CERTIFICATE-----`"
            ]
        )
        #expect(
            try found(broker: broker) == [
                "sluice.yaml:1:44: error: `ca.pem`: there is no such file"
            ]
        )
    }

    @Test func `a key that is a certificate`() throws {
        let pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
        #expect(
            try found(
                broker: "{ url: mqtts://b, certificate_file: a.pem, key_file: a.pem }",
                files: ["a.pem": pem]
            ) == [
                "sluice.yaml:1:62: error: `a.pem` holds no private key in PEM; it begins with "
                    + "`-----BEGIN PRIVATE KEY-----`"
            ]
        )
    }

    @Test func `a spool or a log in a folder that is not there`() throws {
        #expect(
            try found(spool: "/nowhere/at/all/s.sqlite") == [
                "sluice.yaml:4:16: warning: there is no folder `/nowhere/at/all`; create it, and let "
                    + "the user that runs sluice write in it"
            ]
        )
        #expect(
            try found(also: "decisions: { log: /nowhere/d.jsonl }") == [
                "sluice.yaml:5:19: warning: there is no folder `/nowhere`; create it, and let the "
                    + "user that runs sluice write in it"
            ]
        )
    }

    @Test func `a filter of a group`() throws {
        #expect(try found(topics: "[$share/plant/a/+]") == [])
        #expect(
            try found(topics: "[$share/pl+nt/a/b]") == [
                "sluice.yaml:2:30: error: a shared subscription is written `$share/GROUP/FILTER`"
            ]
        )
    }

    @Test func `a breaker that never opens`() throws {
        let cloud = "cloud: { c: { url: \"http://localhost\", models: {}, "
        #expect(
            try found(also: cloud + "breaker: { window: 5, minimum_calls: 9 } } }") == [
                "sluice.yaml:5:89: warning: the breaker never opens: it wants 9 calls and "
                    + "remembers 5; give `window` at least 9"
            ]
        )
    }

    @Test func `an input that hears what the gateway says of itself`() throws {
        #expect(
            try found(topics: "[\"sluice/#\"]") == [
                "sluice.yaml:2:9: warning: the gateway would hear its own verdicts on "
                    + "`sluice/verdicts/{policy}`: an input subscribes to `sluice/#`; narrow the "
                    + "input, or set `verdicts: { topic: … }` to a topic that none matches",
                "sluice.yaml:2:9: warning: the gateway would hear its own status on "
                    + "`sluice/site/status`: an input subscribes to `sluice/#`; narrow the input, "
                    + "or set `status: { topic: … }` to a topic that none matches",
            ]
        )
        #expect(
            try found(topics: "[own/+]", also: "status: { topic: own/status }") == [
                "sluice.yaml:5:18: warning: the gateway would hear its own status on `own/status`: "
                    + "an input subscribes to `own/+`; narrow the input, or set "
                    + "`status: { topic: … }` to a topic that none matches"
            ]
        )
    }

    @Test func `a slip in a key is one problem`() throws {
        let folder = try SiteFolder([
            "sluice.yaml": """
            broker: { url: mqtt://localhost }
            inputz: [{ name: a, topics: [t] }]
            policies: {}
            spool: { path: spool.sqlite }
            """
        ])
        let (_, diagnostics, _) = GatewayConfiguration.read(path: folder.path + "/sluice.yaml")
        #expect(
            folder.shown(diagnostics) == [
                "sluice.yaml:2:1: error: unknown key `inputz`; did you mean `inputs`?"
            ]
        )
    }

    @Test func `a rule that no case reaches`() throws {
        var files = Presses.files
        files["Policies/press/tests.yaml"] = """
            topic: plant/4/press
            cases:
              - name: asks
                given: { fields: { force: 1.0, want: ask } }
                expect: { rule: ask }
            """
        let folder = try SiteFolder(files)
        let site = try #require(folder.check().site)
        let report = site.runPolicyTests()
        #expect(
            folder.shown(report.unreached).first
                == "Policies/press/policy.yaml:17:13: warning: no case reaches the rule `wait`; "
                + "add one to `tests.yaml` that expects `rule: wait`"
        )
        #expect(report.unreached.count == 6)
        #expect(report.hasPassed)
    }
}
