// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Infer
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `A policy binder` {
    @Test func `joins a policy with its model, endpoints and templates`() throws {
        let findings = try check()
        let site = try #require(findings.site)
        let bound = try #require(site.policies.first)
        #expect(bound.models.first?.reference == ModelReference(name: "pulse", version: "1"))
        #expect(bound.endpoints == ["central/press"])
        #expect(bound.outboundTensors.map(\.name) == ["x"])
        #expect(bound.outboundTensors.map(\.pipeline.fieldsUsed) == [["force"]])
        #expect(bound.actions.count == 2)
        #expect(!bound.isSlow)
    }

    @Test func `refuses a policy whose model is there and was not loaded (G1)`() throws {
        let folder = try SiteFolder(Presses.files)
        let site = try #require(folder.check().site)
        // Written while models were loaded for the policies as they were before.
        let text = try #require(Presses.files["Policies/press/policy.yaml"])
        try folder.write(
            "Policies/press/policy.yaml",
            text.replacing(once: "model: pulse", with: "model: other")
        )
        let (edition, found) = CheckedSite.policies(
            of: site.configuration,
            engine: site.engine,
            others: ["other"]
        )
        #expect(edition == nil)
        #expect(
            folder.shown(found).contains(
                "Policies/press/policy.yaml: error: the model `other` is there and not loaded: it or the "
                    + "policy was being written; reload once more when nothing is being written"
            )
        )
    }

    @Test func `refuses a tensor made of a field that may not leave (G8)`() throws {
        let found = try diagnostics {
            $0["sluice.yaml"] = try Presses.configuration.replacing(
                once: "{ x: [force] }",
                with: "{ x: [force, secret] }"
            )
        }
        #expect(
            found == [
                "sluice.yaml:11:49: error: tensor `x` is made of `secret`, which policy `press` "
                    + "does not let out; add it to the policy's `privacy: { send: […] }`, or "
                    + "leave it out here"
            ]
        )
    }

    @Test func `refuses a feature of a field that the policy does not read`() throws {
        let found = try diagnostics {
            $0["sluice.yaml"] = try Presses.configuration.replacing(
                once: "{ x: [force] }",
                with: "{ x: [forse] }"
            )
        }
        #expect(
            found == [
                "sluice.yaml:11:49: error: unknown field `forse`, in policy `press`; did you mean `force`?"
            ]
        )
    }

    @Test func `refuses to scatter the readings of a device that a model remembers`() throws {
        func found(_ topic: String, _ model: String?) throws -> [String] {
            try diagnostics { files in
                files["sluice.yaml"] = try Presses.configuration.replacing(
                    once: "plant/+/press",
                    with: topic
                )
                if let model { files["models/pulse/1/model.yaml"] = model }
            }
        }
        let detector = try found("$share/site/plant/+/press", nil)
        #expect(
            detector == [
                "Policies/press/policy.yaml: error: the shared subscription "
                    + "`$share/site/plant/+/press` scatters a device's readings over gateways, and "
                    + "model `pulse` learns what is usual of each device; divide the topics between "
                    + "the gateways instead"
            ]
        )
        let windowed = Presses.model + "\nwindow: { count: 4 }"
        #expect(
            try found(
                "$share/site/plant/+/press",
                windowed.replacing(
                    once: "feature: force",
                    with: "feature: mean(force)"
                )
            ).first?.contains("model `pulse` gathers each device's readings") == true
        )
    }

    @Test func `misses an endpoint's model for the policy`() throws {
        let found = try diagnostics {
            $0["sluice.yaml"] = try Presses.configuration.replacing(
                once: "press: { model",
                with: "pres: { model"
            )
        }
        #expect(
            found == [
                "sluice.yaml:11:13: error: endpoint `central` has no model for policy `press`; "
                    + "add `press: { model: …, inputs: … }` to its `models`"
            ]
        )
    }

    @Test func `wants the endpoints of a policy to take the same`() throws {
        let found = try diagnostics {
            $0["sluice.yaml"] = try Presses.configuration.replacing(
                once: "spool: {",
                with: """
                      spare:
                        url: http://127.0.0.1:10
                        models:
                          press: { model: press-large, inputs: { y: [force] } }
                    spool: {
                    """
            )
            $0["Policies/press/policy.yaml"] = try Presses.policy.replacing(
                once: "escalate: [central]",
                with: "escalate: [central, spare]"
            )
        }
        #expect(
            found == [
                "sluice.yaml:15:14: error: `spare/press` takes other inputs than `central/press`, "
                    + "which is asked first; endpoints that one policy names must take the same inputs"
            ]
        )
    }

    @Test func `takes endpoints that take the same, in the policy's order`() throws {
        let findings = try check {
            $0["sluice.yaml"] = try Presses.configuration.replacing(
                once: "spool: {",
                with: """
                      spare:
                        url: http://127.0.0.1:10
                        models:
                          press: { model: press-small, inputs: { x: [force] } }
                    spool: {
                    """
            )
            $0["Policies/press/policy.yaml"] = try Presses.policy.replacing(
                once: "escalate: [central]",
                with: "escalate: [spare, central]"
            )
        }
        #expect(findings.site?.policies.first?.endpoints == ["spare/press", "central/press"])
    }

    @Test func `refuses a body that is no template`() throws {
        let found = try diagnostics {
            $0["Policies/press/policy.yaml"] = try Presses.policy.replacing(
                once: "publish: { topic: \"notes/{line}\" }",
                with: "publish: { topic: \"notes/{line}\" }\n    payload: \"{{>other}}\""
            )
        }
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { $0.hasPrefix("Policies/press/policy.yaml") })
    }

    @Test func `reports problems of the configuration, models and policies in one round`() throws {
        let found = try diagnostics {
            $0["sluice.yaml"] = try Presses.configuration.replacing(
                once: "{ x: [force] }",
                with: "{ x: [secret] }"
            )
            $0["models/broken/1/model.yaml"] = "kind: magic\n"
            $0["Policies/other/policy.yaml"] = "policy: other\n"
        }
        let files = Set(found.map { $0.prefix { $0 != ":" } })
        #expect(files.contains("models/broken/1/model.yaml"))
        #expect(files.contains("Policies/other/policy.yaml"))
    }

    private func check(
        _ change: (inout [String: String]) throws -> Void = { _ in }
    ) throws -> CheckFindings {
        var files = Presses.files
        try change(&files)
        return try SiteFolder(files).check()
    }

    private func diagnostics(
        _ change: (inout [String: String]) throws -> Void
    ) throws -> [String] {
        var files = Presses.files
        try change(&files)
        let folder = try SiteFolder(files)
        let findings = folder.check()
        #expect(findings.site == nil)
        return folder.shown(findings.diagnostics)
    }
}
