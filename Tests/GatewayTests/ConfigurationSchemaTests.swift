// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Testing

@testable import Gateway

@Suite struct `Schema of the configuration` {
    private let example = """
        site: { name: s }
        broker: { url: mqtt://localhost, password_env: HOME }
        inputs: [{ name: a, topics: [t] }]
        models: { path: m, use: { w: { version: 3, canary: { version: 4, share: 10% } } } }
        policies: { path: p }
        cloud:
          c:
            url: http://localhost
            auth: { bearer_env: HOME }
            tls: {}
            breaker: { window: 20 }
            budget: { calls: 1/day }
            hedge: { after: p95 }
            headers: { X-Site: s }
            models:
              p:
                model: m
                inputs:
                  x: [f]
                  y: { image: { field: f, size: [1, 1], mean: [0], std: [1] } }
                outputs: { label: l }
                answer: { label: /l }
                picture: { tensor: x, width: 1, height: 1 }
        spool: { path: s, when_full: { high: refuse }, encryption: { key_files: [k] } }
        sync: { max_in_flight: 1 }
        control: { socket: c }
        admin: { listen: "127.0.0.1:0", tls: { certificate_file: c, key_file: k } }
        home_assistant: {}
        verdicts: { topic: v }
        status: { topic: s }
        decisions: { log: d }
        record: { path: r }
        audits: { calls: 1/hour }
        labels: { topic: l }
        telemetry: { otlp: { url: "https://c", headers: { h: { value_env: HOME } }, tls: {} } }
        """

    private func disagreements(_ sinks: String = "") throws -> [String] {
        let folder = try SiteFolder([
            "sluice.yaml": example + sinks, "k": String(repeating: "0f", count: 32),
        ])
        let (_, found, file) = GatewayConfiguration.read(path: folder.path + "/sluice.yaml")
        let root = try #require(file?.root, "\(folder.shown(found))")
        return root.disagreements(with: SchemaDocument.configuration.form)
    }

    @Test func `knows the keys that the reader knows, in the same forms`() throws {
        #expect(try disagreements().filter { !$0.hasPrefix(".sinks") } == [])
    }

    @Test func `knows the keys of both kinds of sink`() throws {
        let web = try disagreements(
            """

            sinks: { s: { kind: https-ndjson, url: "https://x", auth: { bearer_env: HOME }, tls: {} } }
            """
        )
        let broker = try disagreements(
            """

            sinks: { s: { kind: mqtt, url: "mqtts://x", topic: t } }
            """
        )
        // Each kind reads keys of its own; what neither reads has no place in the schema.
        #expect(Set(web).intersection(broker) == [])
    }

    @Test(arguments: PublishedSchema.allCases)
    func `is published`(kind: PublishedSchema) {
        #expect(
            kind.json.hasPrefix("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"")
        )
    }
}
