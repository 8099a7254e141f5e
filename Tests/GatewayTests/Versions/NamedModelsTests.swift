// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Logging
import Testing
import Vocabulary

@testable import Gateway

/// What a gateway that is to run at once loads of its repository.
@Suite struct `A site that is to run` {
    private func site(_ more: [String: String] = [:]) throws -> SiteFolder {
        try SiteFolder(Presses.files.merging(more) { _, new in new })
    }

    @Test func `loads the models that policies name, and no other (G7)`() throws {
        let site = try site(["models/broken/1/model.yaml": "kind: nonsense"])
        #expect(site.check().site == nil)
        let findings = CheckedSite.checkToRun(
            configuration: site.path + "/sluice.yaml",
            logger: silence
        )
        let checked = try #require(findings.site)
        #expect(findings.diagnostics.allSatisfy { $0.severity != .error })
        #expect(checked.models.engine?.roles.keys.sorted() == ["pulse"])
        #expect(checked.models.others == ["broken"])
    }

    @Test func `is refused with a bad model that a policy names`() throws {
        let site = try site(["models/pulse/1/model.yaml": "kind: nonsense"])
        let findings = CheckedSite.checkToRun(
            configuration: site.path + "/sluice.yaml",
            logger: silence
        )
        #expect(findings.site == nil)
        #expect(site.shown(findings.diagnostics).contains { $0.contains("pulse/1/model.yaml") })
    }

    @Test func `says of a misspelt model which one is meant, loaded or not`() throws {
        var files = try Presses.changing("model: pulse", to: "model: puls")
        files["models/other/1/model.yaml"] = Presses.model
        let site = try SiteFolder(files)
        let findings = CheckedSite.checkToRun(
            configuration: site.path + "/sluice.yaml",
            logger: silence
        )
        #expect(findings.site == nil)
        #expect(site.shown(findings.diagnostics).contains { $0.contains("pulse") })
    }

    @Test func `loads the model of a policy that is written while models are loaded (G1)`() throws {
        let site = try site(["models/other/1/model.yaml": Presses.model])
        let late = """
            policy: late
            match: { topic: plant/+line/press }
            reading:
              device: "{line}"
              time: ts
              sequence: n
              fields: { force: { path: force, type: number } }
            model: other
            otherwise: { route: act }
            actions:
              - { name: note, publish: { topic: "late/{line}" } }
            """
        let logger = Logger(label: "test") { _ in
            Writer(site: site, name: "Policies/late/policy.yaml", text: late)
        }
        let findings = CheckedSite.checkToRun(
            configuration: site.path + "/sluice.yaml",
            logger: logger
        )
        let checked = try #require(findings.site)
        #expect(checked.policies.map(\.policy.name) == ["late", "press"])
        #expect(checked.models.engine?.roles.keys.sorted() == ["other", "pulse"])
    }
}

/// Writes a file when it hears of the first model, which is while models are loaded.
private struct Writer: LogHandler {
    let site: SiteFolder
    let name: String
    let text: String
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if event.message == "model loaded" { try? site.write(name, text) }
    }
}
