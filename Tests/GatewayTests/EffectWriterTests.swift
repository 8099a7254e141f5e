// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import TestKit
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `An effect writer` {
    @Test func `fills topics with captures and with values of the decision`() throws {
        let effect = try write(
            #"publish: { topic: "a/{line}/{device}/{label}/{policy}/{rule}/{route}", qos: 2 }"#
        )
        #expect(
            effect.target
                == .publish(
                    topic: "a/4/4/fault/press/otherwise/act",
                    qualityOfService: 2,
                    isRetained: false
                )
        )
        #expect(effect.key.description == "\(decided().id):3:note")
        #expect(effect.device == "4")
        #expect(effect.notAfter == nil)
    }

    @Test(arguments: ["+", "#", "a\u{1}b", "", "a//b", "/a", "a/", "x\u{FFFF}"])
    func `makes no topic of a device that would change its form`(device: String) throws {
        var decision = decided()
        decision.device = device
        #expect(throws: EffectWriter.Fault.self) {
            try write(#"publish: { topic: "notes/{device}" }"#, decision)
        }
    }

    @Test func `makes none of the broker's own topics`() throws {
        var decision = decided()
        decision.device = "$SYS"
        #expect(throws: EffectWriter.Fault.self) {
            try write(#"publish: { topic: "{device}/x" }"#, decision)
        }
    }

    @Test func `takes levels of a device for levels of the topic`() throws {
        var decision = decided()
        decision.device = "4/17"
        let effect = try write(#"publish: { topic: "notes/{device}" }"#, decision)
        #expect(
            effect.target
                == .publish(topic: "notes/4/17", qualityOfService: 1, isRetained: false)
        )
    }

    @Test func `says which action cannot be done, and why`() throws {
        var decision = decided()
        decision.label = nil
        let subject = try subject(#"publish: { topic: "n/{label}" }"#, decision)
        let fault = try #require(throws: EffectWriter.Fault.self) {
            try writer().effect(0, of: subject)
        }
        #expect(fault.action == "note")
        #expect(fault.message == "`{label}` has no value for the topic")
    }

    @Test func `fills bodies so that no device can break out of them`() throws {
        var decision = decided()
        decision.device = #"x","evil":"1"#
        let effect = try write(
            #"""
            publish: { topic: notes }
                payload: '{"device":"{{device}}","force":{{force}},"n":{{revision}},"c":{{confidence}}}'
            """#,
            decision
        )
        #expect(
            String(decoding: effect.body, as: UTF8.self)
                == #"{"device":"x\",\"evil\":\"1","force":3.5,"n":3,"c":null}"#
        )
        #expect(effect.contentType == "application/json")
    }

    @Test func `writes a CloudEvent where the policy has no body`() throws {
        let effect = try write("publish: { topic: notes }")
        let body = String(decoding: effect.body, as: UTF8.self)
        #expect(effect.contentType == "application/cloudevents+json")
        #expect(body.contains(#""id":"\#(decided().id):3:note""#))
        #expect(body.contains(#""source":"/sluice/plant-4""#))
        #expect(body.contains(#""observed":{"want":"act"}"#))
    }

    @Test func `gives an action no more time than its reading has left`() throws {
        var decision = decided()
        decision.time = WallTime(nanoseconds: decision.time.nanoseconds - 20_000_000_000)
        let effect = try write("publish: { topic: notes }\n    max_age: 1m", decision)
        #expect(effect.notAfter == clock.now + .seconds(40))
    }

    @Test func `makes no capture up where the topic has none any more`() throws {
        var subject = try subject(#"publish: { topic: "notes/{line}" }"#, decided())
        subject.captures = []
        #expect(throws: EffectWriter.Fault.self) { try writer().effect(0, of: subject) }
    }

    @Test func `tells a web server nothing that may not leave the site (G8)`() throws {
        func event(_ target: String) throws -> String {
            var subject = try subject(target, decided())
            subject.observed = [
                ("want", "act"), ("secret", "4711.0"), ("force", "3.5"), ("confidence", "0.5"),
            ]
            return String(decoding: try writer().effect(0, of: subject).body, as: UTF8.self)
        }
        #expect(try event("publish: { topic: notes }").contains("4711"))
        let sent = try event("webhook: { url: \"https://example.com/hook\" }")
        #expect(!sent.contains("4711"))
        #expect(!sent.contains(#""device""#) && !sent.contains("subject"))
        #expect(!sent.contains(#""topic""#))
        #expect(!sent.contains("want"))
        #expect(sent.contains(#""force":"3.5""#))
        #expect(sent.contains(#""confidence":"0.5""#))
    }

    @Test func `publishes a late word where the configuration says`() throws {
        var decision = decided()
        decision.standing = .corrected
        let subject = try subject("publish: { topic: notes }", decision)
        let event = try #require(writer().verdictEvent(of: subject))
        #expect(event.key.description == "\(decision.id):3:verdict")
        #expect(
            event.target
                == .publish(
                    topic: "v/plant-4/press/4/corrected",
                    qualityOfService: 1,
                    isRetained: false
                )
        )
    }

    // MARK: - Pieces

    private let clock = ManualClock()

    private func writer() throws -> EffectWriter {
        EffectWriter(
            site: "plant-4",
            verdictTopic: try Template("v/{site}/{policy}/{device}/{standing}"),
            time: clock
        )
    }

    private func decided() -> Decision {
        Decision(
            id: DecisionID(high: 1, low: 2),
            revision: 3,
            policy: "press",
            policyVersion: "v1",
            device: "4",
            time: clock.wallTime,
            sequence: 9,
            rule: "otherwise",
            route: .act,
            standing: .final,
            label: "fault"
        )
    }

    /// A decision of the press policy whose first action is `target`.
    private func subject(
        _ target: String,
        _ decision: Decision
    ) throws -> EffectWriter.Subject {
        var files = Presses.files
        files["Policies/press/policy.yaml"] = try Presses.policy.replacing(
            once: #"publish: { topic: "notes/{line}" }"#,
            with: target
        )
        let folder = try SiteFolder(files)
        let findings = folder.check()
        let bound = try #require(
            findings.site?.policies.first,
            "\(folder.shown(findings.diagnostics))"
        )
        return EffectWriter.Subject(
            decision: decision,
            bound: bound,
            topic: "plant/4/press",
            captures: ["4"],
            field: { $0 == "force" ? .number(3.5) : .absent },
            observed: [(variable: "want", value: "act")]
        )
    }

    private func write(_ target: String, _ decision: Decision? = nil) throws -> Effect {
        try writer().effect(0, of: subject(target, decision ?? decided()))
    }
}
