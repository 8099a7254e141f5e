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
                inputs: { x: [f] }
                outputs: { label: l }
                answer: { label: /l }
                picture: { tensor: x, width: 1, height: 1 }
        spool: { path: s }
        sync: { max_in_flight: 1 }
        control: { socket: c }
        verdicts: { topic: v }
        status: { topic: s }
        decisions: { log: d }
        record: { path: r }
        audits: { calls: 1/hour }
        labels: { topic: l }
        """

    @Test func `knows the keys that the reader knows, in the same forms`() throws {
        let folder = try SiteFolder(["sluice.yaml": example])
        let (_, found, file) = GatewayConfiguration.read(path: folder.path + "/sluice.yaml")
        let root = try #require(file?.root, "\(folder.shown(found))")
        #expect(root.disagreements(with: SchemaDocument.configuration.form) == [])
    }

    @Test(arguments: PublishedSchema.allCases)
    func `is published`(kind: PublishedSchema) {
        #expect(
            kind.json.hasPrefix("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\"")
        )
    }
}
