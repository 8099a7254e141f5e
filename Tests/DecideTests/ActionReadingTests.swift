// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@Suite struct `Actions of a policy` {
    private func found(_ action: String) throws -> [String] {
        let publish = "publish: { topic: \"alerts/{line}/{machine}\", qos: 1 }"
        return try findings(changing: publish, to: action)
    }

    @Test func `a topic that an input or a policy matches is a loop`() throws {
        expect(
            try found("publish: { topic: \"plant/{line}/machines/{machine}/vibration\" }"),
            [
                "27:23+43 error: the gateway would hear its own action: an input subscribes to "
                    + "`plant/+/machines/+/vibration`; publish to a topic that no input matches"
            ]
        )
        let quiet = Surroundings(models: plant.models, endpoints: plant.endpoints, inputs: [])
        let text = try changed(
            "topic: \"alerts/{line}/{machine}\"",
            to: "topic: \"plant/{line}/machines/x/{label}\""
        )
        #expect(
            findings(read(text, in: quiet).1) == [
                "27:23+33 error: the action would set off the policy `bearing-wear`, which "
                    + "matches `plant/+line/machines/+machine/vibration`; "
                    + "publish to a topic that no policy matches"
            ]
        )
        #expect(try found("publish: { topic: \"plant/{line}/alerts/{machine}\" }").isEmpty)
        #expect(try found("publish: { topic: \"{device}/vibration\" }").count == 1)
        #expect(try found("publish: { topic: \"x-{device}\" }").isEmpty == false)
        #expect(try found("publish: { topic: \"plantation/{machine}\" }").isEmpty)
    }

    @Test func `wildcards and unknown places in a topic are errors`() throws {
        expect(
            try found("publish: { topic: \"alerts/+/x\" }"),
            [
                "27:31 error: `+` cannot stand in a topic that is published to; "
                    + "name a level with a place, such as `{line}`"
            ]
        )
        expect(
            try found("publish: { topic: \"alerts/{machin}\" }"),
            [
                "27:31+8 error: unknown place `{machin}`; did you mean `{machine}`?"
            ]
        )
        expect(
            try found("publish: { topic: \"alerts/{machine\" }"),
            [
                "27:31 error: `{` without `}`"
            ]
        )
    }

    @Test(arguments: ["ask", "audit", "verdict", "sink/lake"])
    func `an action has no name of the gateway's own effects, or one would pass for the other (G2)`(
        name: String
    ) throws {
        let found = try findings(changing: "name: bell", to: "name: \(name)")
        #expect(found.count == 1)
        #expect(found.first?.contains("no action can be called `\(name)`") == true, "\(found)")
    }

    @Test func `an action does one thing`() throws {
        expect(
            try found("order: fast"),
            [
                "25:5 error: the action does not say what to do; "
                    + "add `publish`, `webhook` or `log: true`"
            ]
        )
        #expect(
            try found("publish: { topic: a }\n    log: true").first?.contains("several things")
                == true
        )
    }

    @Test func `a webhook has an address, and no secret in it`() throws {
        let event = try found("webhook: { url: \"https://x.example/hook\" }")
        #expect(event.count == 1)
        #expect(event.first?.contains("the event will not say which device it is about") == true)
        #expect(
            try found("webhook: { url: ftp://x }").first?.contains(
                "`url` wants an address that begins with `https://` or `http://`; found `ftp://x`"
            ) == true
        )
        #expect(
            try found("webhook: { url: \"https://me:pw@x.example\" }").first?
                .contains("a name or password may not stand in the address") == true
        )
        #expect(
            try found("webhook: { url: \"https://x.example\", bearer: abc }")
                .contains { $0.contains("`bearer` may not be written into the file") }
        )
    }

    @Test func `a body that leaves the site holds only what may leave`() throws {
        let url = "url: \"https://x.example\""
        expect(
            try found("webhook: { \(url) }\n    payload: '{\"s\": \"{{serial}}\"}'"),
            [
                "28:22+10 error: `serial` may not leave the site; "
                    + "add it to `privacy.send`, or leave it out here"
            ]
        )
        #expect(try found("webhook: { \(url) }\n    payload: '{{temp}} {{label}}'").isEmpty)
        #expect(try found("publish: { topic: a }\n    payload: '{{serial}}'").isEmpty)
        expect(
            try found("publish: { topic: a }\n    payload: '{{labl}}'"),
            [
                "28:15+8 error: unknown place `{{labl}}`; did you mean `{{label}}`?"
            ]
        )
    }

    @Test func `what is hashed or rounded is text that leaves so, or numbers that do`() throws {
        func privacy(_ rules: String) throws -> [String] {
            try findings(changing: "privacy: { send: [vib, temp] }", to: "privacy: \(rules)")
        }
        #expect(
            try privacy("{ send: [vib, temp], hash: [serial, device], round: { temp: 0.5 } }")
                .isEmpty
        )
        let wrong = [
            ("{ send: [vib, temp], hash: [temp] }", "`temp` is sent as it is, too"),
            ("{ send: [vib], hash: [temp] }", "only text can be hashed"),
            ("{ send: [vib, temp], hash: [seriel] }", "unknown text `seriel`"),
            ("{ send: [vib, temp], round: { serial: 1 } }", "which cannot be rounded"),
            ("{ send: [vib], round: { temp: 1 } }", "`temp` does not leave the site"),
        ]
        for (rules, problem) in wrong {
            let found = try privacy(rules)
            #expect(found.contains { $0.contains(problem) }, "\(rules): \(found)")
        }
    }

    @Test func `three of the last two can never be`() throws {
        expect(
            try findings(changing: "of: 5, at_least: 3", to: "of: 2, at_least: 3"),
            [
                "28:30 error: 3 of the last 2 can never be"
            ]
        )
    }
}
