// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `What the configuration says of models` {
    private func read(
        _ models: String,
        files: [String: String] = [:]
    ) throws -> (GatewayConfiguration?, [String]) {
        let text = """
            broker: { url: mqtt://localhost }
            inputs: [{ name: a, topics: [plant/x] }]
            policies: {}
            spool: { path: spool.sqlite }
            models:
              path: models
            \(models)
            """
        let folder = try SiteFolder(files.merging(["sluice.yaml": text]) { first, _ in first })
        let path = folder.path + "/sluice.yaml"
        let (configuration, diagnostics, _) = GatewayConfiguration.read(path: path)
        return (configuration, folder.shown(diagnostics))
    }

    @Test func `is that the latest speaks, where nothing is said`() throws {
        let (configuration, found) = try read("")
        #expect(found == [])
        let models = try #require(configuration?.models)
        #expect(models.uses.isEmpty)
        #expect(models.trust == ModelTrust())
        #expect(configuration?.choicesPath == configuration.map { $0.spoolPath + ".models.yaml" })
    }

    @Test func `names versions, shares and limits`() throws {
        let key = try SigningKey().verifying
        let (configuration, found) = try read(
            """
              require_signature: true
              keys: [release.pub]
              use:
                bearing-wear:
                  version: 3
                  canary:
                    version: 4
                    share: 10%
                    agreement: 90%
                    failures: 1%
                    latency: 20ms
                    certainty: 99%
                    at_least: 50
                    promote_after: 1d
                  shadow: 5
                vital-signs: { version: latest }
            """,
            files: ["release.pub": key.pem]
        )
        #expect(found == [])
        let models = try #require(configuration?.models)
        #expect(models.trust == ModelTrust(keys: [key], isRequired: true))
        #expect(models.uses["vital-signs"]?.versions == ModelUse())
        let use = try #require(models.uses["bearing-wear"])
        #expect(
            use.versions
                == ModelUse(
                    version: .number(3),
                    canary: .init(version: .number(4), share: 0.1, latency: .milliseconds(20)),
                    shadow: .number(5)
                )
        )
        #expect(
            use.limits
                == CanaryLimits(
                    agreement: 0.9,
                    failures: 0.01,
                    latency: .milliseconds(20),
                    certainty: 0.99,
                    atLeast: 50,
                    promoteAfter: .seconds(86_400)
                )
        )
    }

    @Test(arguments: [
        (
            "  require_signature: true",
            "sluice.yaml:7:22: error: signatures are required and nobody is trusted to sign; "
                + "name the public keys: `keys: [release.pub]`"
        ),
        (
            "  keys: [none.pub]",
            "sluice.yaml:7:10: error: `none.pub`: there is no such file; it is the public half of an "
                + "Ed25519 key; `sluice models keygen` makes both"
        ),
        (
            "  use: { m: { version: 04 } }",
            "sluice.yaml:7:24: error: `version` wants `latest` or the number of a version; found `04`"
        ),
        (
            "  use: { m: { version: 4, canary: { version: 4, share: 10% } } }",
            "sluice.yaml:7:46: error: version 4 is its own canary; name another version"
        ),
        (
            "  use: { m: { canary: { version: latest, share: 10% } } }",
            "sluice.yaml:7:34: error: the latest version cannot be the canary and speak for "
                + "everybody; pin the version that speaks: `version: 3`"
        ),
        (
            "  use: { m: { shadow: 4, canary: { version: 4, share: 10% } } }",
            "sluice.yaml:7:45: error: version 4 is canary and shadow; a canary is measured, too: "
                + "leave `shadow` out"
        ),
        (
            "  use: { m: { canary: { version: 4, share: 10%, promote_after: 1h } } }",
            "sluice.yaml:7:64: error: a canary without limits has nothing to show before it is "
                + "promoted; say `agreement`, `failures` or `latency`"
        ),
        (
            "  use: { m: { canary: { version: 4, share: 0% } } }",
            "sluice.yaml:7:44: warning: a canary with a share of 0 speaks for nobody; "
                + "say `shadow` for a version that only runs beside"
        ),
        (
            "  use: { m: { canary: { version: 4, share: 10%, certainty: 100% } } }",
            "sluice.yaml:7:60: error: `certainty` must be at least 50% and below 100%; 95% is the usual"
        ),
        (
            "  use: { m: { canry: { version: 4 } } }",
            "sluice.yaml:7:15: error: unknown key `canry` in `m`; did you mean `canary`?"
        ),
    ])
    func `is refused where it cannot be meant`(models: String, problem: String) throws {
        #expect(try read(models).1 == [problem])
    }
}
