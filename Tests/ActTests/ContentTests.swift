// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Foundation
import Testing
import Vocabulary

@Suite struct `A topic template` {
    private func topic(_ source: String, _ values: [String: String]) throws -> String {
        try TopicTemplate(Template(source)).topic { values[$0] }
    }

    @Test func `is filled`() throws {
        #expect(
            try topic("alerts/{device}/{label}", ["device": "4/17", "label": "fault"])
                == "alerts/4/17/fault"
        )
    }

    @Test(arguments: [
        "+", "#", "a/+/b", "a#", "a\u{0}", "", "/a", "a/", "a//b", "a\nb", "\u{7F}",
        String(decoding: [0xEF, 0xBF, 0xBF] as [UInt8], as: UTF8.self),
        String(decoding: [0xEF, 0xB7, 0x90] as [UInt8], as: UTF8.self),
    ])
    func `refuses values that would change it`(value: String) {
        #expect(throws: TopicError.self) { try topic("alerts/{device}", ["device": value]) }
    }

    @Test func `refuses the broker's own topics, values that are not there, and endless ones`() {
        #expect(throws: TopicError.self) { try topic("{device}", ["device": "$SYS/x"]) }
        #expect(throws: TopicError.self) { try topic("$SYS/{device}", ["device": "x"]) }
        #expect(throws: TopicError.self) { try topic("a/{device}", [:]) }
        #expect(throws: TopicError.self) { try topic("a/+", [:]) }
        #expect(throws: TopicError.self) { try topic("", [:]) }
        let long = String(repeating: "x", count: 70_000)
        #expect(throws: TopicError.self) { try topic("a/{device}", ["device": long]) }
    }
}

@Suite struct `A body template` {
    private let hostile = "x\", \"route\": \"drop\\ \n\u{1}<&>"

    @Test(arguments: [
        "{\"d\": \"{{device}}\"}", "{\"d\": \"{{{device}}}\"}", "{\"d\": \"{{&device}}\"}",
        "{\"d\": \"{{#device}}{{.}}{{/device}}\"}",
    ])
    func `keeps a hostile device inside its string`(source: String) throws {
        let body = try BodyTemplate(source).body(["device": .text(hostile)])
        let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: String]
        #expect(object == ["d": hostile])
    }

    @Test(arguments: [
        "{ \"id\": {{id}}, \"device\": \"{{ device }}\", \"b\": {\"ok\": {{ok}}}, \"x\": [{{none}},{{list}}] }",
        "{{score}}{{none}}{{endless}}", "nothing to fill", "", "}}{{device}}\n  {{ok}}\n",
    ])
    func `is the same whether Mustache fills it or not`(source: String) throws {
        let values: [String: BodyTemplate.Value] = [
            "id": .integer(-17), "device": .text(hostile), "ok": .flag(false), "none": .absent,
            "list": .json("[1, {}]"), "score": .number(0.1), "endless": .number(.infinity),
        ]
        for type in ["application/json", "text/plain"] {
            // A comment writes nothing, and only Mustache knows it.
            let slow = try BodyTemplate(source + "{{! slow }}", contentType: type)
            let quick = try BodyTemplate(source, contentType: type)
            #expect(quick.body(values) == slow.body(values))
        }
    }

    @Test func `does not let a transform undo the escaping`() throws {
        let body = try BodyTemplate("{\"d\": \"{{reversed(device)}}\"}")
            .body(["device": .text(hostile)])
        #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(body)) }
    }

    @Test func `writes numbers, flags and what is not there as JSON`() throws {
        let template = try BodyTemplate(
            "{\"c\":{{confidence}},\"n\":{{n}},\"o\":{{o}},\"x\":{{x}},\"i\":{{i}}"
                + "{{#o}},\"on\":1{{/o}}{{^x}},\"no\":1{{/x}}}"
        )
        let body = template.body([
            "confidence": .number(0.71), "n": .integer(.max), "o": .flag(true),
            "i": .number(.infinity),
        ])
        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"c":0.71,"n":9223372036854775807,"o":true,"x":null,"i":null,"on":1,"no":1}"#
        )
    }

    @Test func `leaves other media types as they are`() throws {
        let template = try BodyTemplate("{{device}} is <{{label}}>{{x}}", contentType: "text/plain")
        let body = template.body(["device": .text("a\"b"), "label": .text("fault")])
        #expect(String(decoding: body, as: UTF8.self) == "a\"b is <fault>")
    }

    @Test(arguments: [
        "{{#a}}", "{{a", "{{/a}}", "{{> other}}", "{{< parent}}{{/parent}}", "{{$b}}{{/b}}",
        "{{=<% %>=}}", "{{% CONTENT_TYPE:HTML}}", "{{ % CONTENT_TYPE:HTML}}",
        String(repeating: "{{#a}}", count: 65) + String(repeating: "{{/a}}", count: 65),
        String(repeating: "x", count: 20_000),
    ])
    func `is refused where it is malformed or asks for more`(source: String) {
        #expect(throws: BodyTemplate.Malformed.self) { try BodyTemplate(source) }
    }
}

@Suite struct `A decision's event` {
    private let decision = Decision(
        id: DecisionID(high: 0x7F3A, low: 1),
        revision: 2,
        policy: "bearing-wear",
        policyVersion: "ab12",
        device: "4/17 \"x\"",
        time: WallTime(nanoseconds: 1_700_000_000_250_000_000),
        rule: "sure",
        route: .act,
        standing: .corrected,
        label: "fault",
        confidence: 0.97,
        score: .nan,
        model: ModelReference(name: "bearing-wear", version: "3")
    )

    @Test func `is a CloudEvent`() throws {
        let event = CloudEvent(
            key: EffectKey(decision: decision.id, revision: 2, effect: "alert"),
            decision: decision,
            site: "plant 4/é",
            topic: "factory/4/machines/17/vibration",
            recommended: "grease",
            observed: [("confidence", "0.97"), ("label", "\"fault\"")],
            verdict: Verdict(
                label: "fault",
                confidence: nil,
                endpoint: "central",
                model: ModelReference(name: "large", version: "1"),
                latency: .milliseconds(61)
            )
        )
        let json = try JSONSerialization.jsonObject(with: Data(event.json()))
        let object = try #require(json as? [String: Any])
        #expect(object["specversion"] as? String == "1.0")
        #expect(object["id"] as? String == event.key.description)
        #expect(object["source"] as? String == "/sluice/plant%204%2F%C3%A9")
        #expect(object["type"] as? String == "io.sluice.decision")
        #expect(object["subject"] as? String == "4/17 \"x\"")
        #expect(object["time"] as? String == "2023-11-14T22:13:20.25Z")
        #expect(object["datacontenttype"] as? String == "application/json")
        // CloudEvents 1.0.2: attribute names are lower-case letters and digits.
        for name in object.keys where name != "data" {
            #expect(
                name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
            )
        }
        let data = try #require(object["data"] as? [String: Any])
        #expect(data["label"] as? String == "fault")
        #expect(data["confidence"] as? Double == 0.97)
        #expect(data["score"] is NSNull)
        #expect(data["standing"] as? String == "corrected")
        #expect(data["recommended"] as? String == "grease")
        #expect((data["observed"] as? [String: String])?["label"] == "\"fault\"")
        #expect((data["verdict"] as? [String: Any])?["latency_ms"] as? Double == 61)
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00Z"),
        (Int64.max, "2262-04-11T23:47:16.854775807Z"),
        (Int64.min, "1677-09-21T00:12:43.145224192Z"),
    ])
    func `has its time as RFC 3339 writes it`(nanoseconds: Int64, text: String) throws {
        var decision = decision
        decision.time = WallTime(nanoseconds: nanoseconds)
        let event = CloudEvent(
            key: EffectKey(decision: decision.id, revision: 0, effect: "x"),
            decision: decision,
            site: "s"
        )
        #expect(String(decoding: event.json(), as: UTF8.self).contains("\"time\":\"\(text)\""))
    }
}

@Suite struct `An effect's row` {
    private let now = MonotonicInstant(nanoseconds: 1_000)
    private let short = alert(1, notAfter: 6_000)

    private func read(
        _ row: [UInt8],
        at now: MonotonicInstant = MonotonicInstant(nanoseconds: 1_000),
        wallTime: Int64 = 0,
        waited: Interval = .zero
    ) throws(EffectRowError) -> Effect {
        try Effect(
            row: row,
            at: now,
            wallTime: WallTime(nanoseconds: wallTime),
            waited: waited
        )
    }

    @Test(arguments: [
        EffectTarget.publish(topic: "a/b", qualityOfService: 2, isRetained: true),
        .webhook(
            Webhook(
                url: "https://example.com",
                headers: [Webhook.Header(name: "A", value: "b")],
                credential: "c",
                timeout: .milliseconds(250)
            )
        ),
        .log,
    ])
    func `reads back the same`(target: EffectTarget) throws {
        for body in [Array("{\"é\": 1}".utf8), [0xFF, 0x00, 0xC3], []] as [[UInt8]] {
            let effect = Effect(
                key: key(7, effect: "alert"),
                target: target,
                device: "4/17",
                contentType: "text/plain",
                body: body,
                notAfter: MonotonicInstant(nanoseconds: 6_000)
            )
            #expect(try read(effect.row(at: now)) == effect)
        }
    }

    @Test func `keeps the time that was left, not the instant`() throws {
        let row = short.row(at: now)
        let later = try read(row, at: MonotonicInstant(nanoseconds: 50))
        #expect(later.notAfter == MonotonicInstant(nanoseconds: 5_050))
    }

    @Test func `does not get younger by waiting`() throws {
        let row = short.row(at: now)
        let later = MonotonicInstant(nanoseconds: 50)
        let tried = try read(row, at: later, waited: Interval(nanoseconds: 3_000))
        #expect(tried.notAfter == MonotonicInstant(nanoseconds: 2_050))
        let hour = try read(row, at: later, waited: .seconds(3_600))
        #expect(try #require(hour.notAfter) < later)
    }

    @Test func `ends by the wall clock while the gateway is off`() throws {
        let written = WallTime(nanoseconds: 1_000_000)
        let row = short.row(at: now, wallTime: written)
        let later = MonotonicInstant(nanoseconds: 50)
        func end(_ wallTime: Int64) throws -> Int64? {
            try read(row, at: later, wallTime: wallTime).notAfter?.nanoseconds
        }
        #expect(try end(1_004_000) == 1_050)
        #expect(try end(1_009_000) == -3_950)
        // A clock that was put back gives no more time than was left.
        #expect(try end(0) == 5_050)
    }

    @Test(arguments: [
        "", "{}", "[]", "{\"format\":2}",
        #"{"format":1,"decision":"x","revision":0,"effect":"a","device":"d","target":"log","contentType":"t"}"#,
    ])
    func `that is damaged is an error`(text: String) {
        #expect(throws: EffectRowError.self) { try read(Array(text.utf8)) }
    }
}
