// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@Suite struct `Problems of a policy` {
    @Test func `a slip in a condition is underlined inside it`() throws {
        let text = try changed("confidence >= threshold", to: "confidnce >= threshold")
        let (set, diagnostics) = read(text)
        #expect(set == nil)
        let line = text.split(separator: "\n", omittingEmptySubsequences: false)[16]
        #expect(
            diagnostics.map { $0.rendered(sourceLine: String(line)) } == [
                """
                p0/policy.yaml:17:11: error: unknown variable `confidnce`; did you mean `confidence`?
                  17 |     when: confidnce >= threshold
                     |           ^~~~~~~~~
                """
            ]
        )
    }

    @Test func `problems inside quoted and folded conditions have their own places`() throws {
        expect(
            try findings(changing: "confidence >= threshold", to: "'label == ''x'' || foo'"),
            ["17:30+3 error: unknown variable `foo`"]
        )
        let folded = ">-\n      confidence >= threshold\n      && foo"
        expect(
            try findings(changing: "confidence >= threshold", to: folded),
            ["19:10+3 error: unknown variable `foo`"]
        )
    }

    @Test func `types are checked`() throws {
        let found = try findings(changing: "confidence >= threshold", to: "confidence + 1.0")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("17:11+16 error: expected bool, found double") == true)
        #expect(
            try findings(changing: "cloud.p95 < deadline.left", to: "cloud.p95 < 3").first?
                .hasPrefix("20:") == true
        )
    }

    @Test func `a whole number compared with a double variable is no error`() throws {
        #expect(try findings(changing: "confidence >= threshold", to: "temp > 80").isEmpty)
        #expect(try findings(changing: "confidence >= threshold", to: "other.x > 80").isEmpty)
        #expect(try findings(changing: "confidence >= threshold", to: "vib[0] > 0.5").isEmpty)
    }

    @Test func `unknown endpoints, models, fields and keys have a hint`() throws {
        expect(
            try findings(changing: "escalate: [central]", to: "escalate: [centrl]"),
            [
                "13:12+6 error: unknown endpoint `centrl`; did you mean `central`?"
            ]
        )
        expect(
            try findings(changing: "model: wear", to: "model: waer"),
            [
                "11:8+4 error: unknown model `waer`; did you mean `wear`?"
            ]
        )
        expect(
            try findings(changing: "send: [vib, temp]", to: "send: [vib, tmp]"),
            [
                "29:24+3 error: unknown field `tmp`; did you mean `temp`?"
            ]
        )
        expect(
            try findings(changing: "send: [vib, temp]", to: "sent: [vib, temp]"),
            [
                "29:1+7 error: the policy asks the cloud, and `privacy.send` names nothing that "
                    + "may be sent; list the fields the cloud's model needs: "
                    + "`privacy: { send: [...] }`",
                "29:12+4 error: unknown key `sent` in `privacy`; did you mean `send`?",
            ]
        )
        expect(
            try findings(changing: "deadline: 250ms", to: "deadline: 250"),
            [
                "14:11+3 error: `deadline` wants a duration with a unit, such as `2s` or "
                    + "`250ms`; found `250`"
            ]
        )
    }

    @Test func `escalating takes somebody to ask, a deadline and a fallback`() throws {
        #expect(
            try findings(changing: "escalate: [central]\n", to: "").contains {
                $0.contains("`ask` asks the cloud, and the policy has nobody to ask; add `escalate")
            }
        )
        expect(
            try findings(changing: "deadline: 250ms\n", to: ""),
            [
                "19:35+13 error: `deadline.left` is used, and the policy has no `deadline`; "
                    + "add `deadline: 250ms`",
                "20:12+8 error: `ask` escalates, and the policy has no `deadline`; "
                    + "add `deadline: 250ms`: how long a message has in all",
            ]
        )
        expect(
            try findings(changing: "    fallback: act_provisionally\n", to: ""),
            [
                "21:12+8 error: `ask` escalates and does not say what happens without an answer "
                    + "in time; add `fallback: act_provisionally`, `defer` or `drop`"
            ]
        )
        expect(
            try findings(changing: "    route: act\n", to: "    route: act\n    fallback: drop\n"),
            [
                "19:5+8 error: `fallback` cannot apply: only `route: escalate` waits for an "
                    + "answer"
            ]
        )
    }

    @Test func `a threshold is set where it is used, and lies between 0 and 1`() throws {
        expect(
            try findings(changing: tunedThreshold + "\n", to: ""),
            [
                "16:25+9 error: `threshold` is used and not set; add `threshold: 0.9`, or "
                    + "`sluice tune` it"
            ]
        )
        expect(
            try findings(changing: tunedThreshold, to: "threshold: 88"),
            [
                "12:12+2 error: `threshold` must be between 0 and 1; found `88`"
            ]
        )
    }

    @Test func `otherwise and rules' conditions are required`() throws {
        let found = try findings(
            changing: "otherwise: { route: act, provisional: true, priority: high }\n",
            to: ""
        )
        #expect(
            found == [
                "1:1 error: `otherwise` is missing; say where a reading goes that no rule holds "
                    + "for, such as `otherwise: { route: act }`"
            ]
        )
        #expect(
            try findings(changing: "    when: confidence >= threshold\n", to: "").first?
                .contains("`when` is missing in `sure`") == true
        )
    }

    @Test func `what only a model can say needs a model, and the right kind`() throws {
        #expect(
            try findings(changing: "model: wear\n", to: "").contains(
                "16:11+10 error: `confidence` is used, and the policy has no `model`; "
                    + "add `model: name`"
            )
        )
        expect(
            try findings(changing: "model: wear", to: "model: pulse"),
            [
                "17:11+10 error: the model `pulse` is a detector and gives no `confidence`; "
                    + "it gives `label`, `score`; `sluice tune` fits a confidence on labels"
            ]
        )
    }

    @Test func `a label the model does not have is a warning`() throws {
        expect(
            try findings(changing: "label == \"fault\"", to: "label in [\"fault\", \"falt\"]"),
            [
                "26:30+6 warning: `falt` is none of the labels of `wear`; did you mean `fault`?"
            ]
        )
    }

    @Test func `captures and fields may not hide the words of conditions`() throws {
        #expect(
            try findings(changing: "+line/machines", to: "+topic/machines").contains(
                "2:24+5 error: `topic` is a word of conditions and cannot name a level; "
                    + "choose another name, such as `+the_topic`"
            )
        )
        expect(
            try findings(changing: "    other: other", to: "    value: other"),
            [
                "10:5+5 error: `value` is a word of conditions and cannot name a field; "
                    + "choose another name; the path in the payload may stay"
            ]
        )
        expect(
            try findings(changing: "    other: other", to: "    line: other"),
            [
                "10:5+4 error: `line` already names a level of the topic"
            ]
        )
    }

    @Test func `a device is named by captures and the payload`() throws {
        #expect(try findings(changing: "\"{line}/{machine}\"", to: "\"{payload.serial}\"").isEmpty)
        expect(
            try findings(changing: "\"{line}/{machine}\"", to: "\"{line}/{machin}\""),
            [
                "4:19+8 error: unknown place `{machin}`; did you mean `{machine}`?"
            ]
        )
    }

    @Test func `readings without sequence or time are a warning`() throws {
        let found = try findings(changing: "  time: ts\n", to: "")
        #expect(found.count == 1)
        #expect(
            found.first?.hasPrefix("3:1+7 warning: the readings have neither `sequence` nor `time`")
                == true
        )
        #expect(read(try changed("  time: ts\n", to: "")).0 != nil)
    }

    @Test func `a type where a field's path belongs is a warning`() throws {
        let field = "temp: { path: temp, type: number, required: false }"
        expect(
            try findings(changing: field, to: "temp: number"),
            [
                "8:11+6 warning: `temp` is what the payload calls `number`, which reads like a type; "
                    + "for a type write `temp: { path: temp, type: number }`; where the payload does "
                    + "have a `number`, write `temp: { path: number }`"
            ]
        )
        #expect(try read(changed(field, to: "temp: number")).0 != nil)
        #expect(try findings(changing: field, to: "temp: { path: number }").isEmpty)
        #expect(try findings(changing: field, to: "temp: { path: number, type: number }").isEmpty)
    }

    @Test func `an empty path is the whole reading, where it is written out`() throws {
        let field = "temp: { path: temp, type: number, required: false }"
        let whole = "temp: { path: \"\", type: number }"
        #expect(try findings(changing: field, to: whole).isEmpty)
        #expect(try !findings(changing: field, to: "temp: \"\"").isEmpty)
    }

    @Test func `one bad file hides nothing of the others`() throws {
        let (set, diagnostics) = read(
            try changed("model: wear", to: "model: waer"),
            "policy: [",
            try changed("route: act\n", to: "route: akt\n")
        )
        #expect(set == nil)
        #expect(Set(diagnostics.map(\.file)).count == 3)
    }

    @Test func `two policies may not have one name`() {
        let found = findings(read(soundPolicy, soundPolicy).1)
        #expect(
            found == [
                "1:9+12 error: there is already a policy `bearing-wear`; in p0/policy.yaml"
            ]
        )
    }
}
