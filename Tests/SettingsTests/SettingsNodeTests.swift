// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Testing
import Vocabulary

@Suite struct `Settings node` {
    @Test func `reads every kind of value`() throws {
        let text = """
            name: central
            timeout: 1m30s
            limit: 64KiB
            share: 10%
            count: 7
            ratio: 0.25
            on: true
            route: escalate
            tags: [a, "b"]
            """
        let (file, problems) = SettingsFile.parse(Array(text.utf8), shownAs: "test.yaml")
        let root = try #require(file).root
        #expect(problems.isEmpty)
        #expect(root.string("name") == "central")
        #expect(root.optionalDuration("timeout") == .seconds(90))
        #expect(root.size("limit", default: 0) == 65_536)
        #expect(root.required("share", .fraction) == 0.1)
        #expect(root.integer("count", default: 0) == 7)
        #expect(root.required("ratio", .number()) == 0.25)
        #expect(root.flag("on", default: false))
        #expect(root.required("route", .choice(Route.self)) == .escalate)
        #expect(root.strings("tags") == ["a", "b"])
        #expect(root.optionalString("absent") == nil)
        root.finish()
        #expect(file?.diagnostics.isEmpty == true)
    }

    @Test func `a duration without a unit says what it wants`() {
        let found = findings(in: "cloud: { timeout: 2 }") { root in
            #expect(root.mapping("cloud").optionalDuration("timeout") == nil)
        }
        #expect(
            found == [
                "1:19 error: `timeout` wants a duration with a unit, such as `2s` or `250ms`; "
                    + "found `2`"
            ]
        )
    }

    @Test func `every problem is reported at once, in the order of the lines`() {
        let text = """
            timout: 2s
            size: 5
            route: eskalate
            flag: yes
            count: 900
            list: a
            inner: 3
            """
        let found = findings(in: text) { root in
            _ = root.optionalDuration("timeout")
            _ = root.size("size", default: 0)
            _ = root.required("route", .choice(Route.self))
            _ = root.flag("flag", default: false)
            _ = root.integer("count", in: 1...100, default: 1)
            _ = root.children("list")
            _ = root.mapping("inner").string("anything")
            _ = root.string("url")
        }
        #expect(
            found == [
                "1:1 error: `url` is missing; it wants a text",
                "1:1+6 error: unknown key `timout`; did you mean `timeout`?",
                "2:7 error: `size` wants a size with a unit, such as `64KiB` or `1GiB`; found `5`",
                "3:8+8 error: `route` wants `act`, `escalate`, `defer` or `drop`; found "
                    + "`eskalate`; did you mean `escalate`?",
                "4:7+3 error: `flag` wants `true` or `false`; found `yes`",
                "5:8+3 error: `count` must be between 1 and 100; found `900`",
                "6:7 error: `list` wants a list; found `a`; begin each item with `- `",
                "7:8 error: `inner` wants a mapping; found `3`",
            ]
        )
    }

    @Test func `an unknown key without a neighbour lists the known ones`() {
        let found = findings(in: "a:\n  zzzzzz: 1\n") { root in
            let inner = root.mapping("a")
            _ = inner.optionalString("url")
            _ = inner.optionalDuration("timeout")
        }
        #expect(
            found == ["2:3+6 error: unknown key `zzzzzz` in `a`; known here: `timeout`, `url`"]
        )
    }

    @Test func `a mapping that nothing was read from is not judged`() {
        #expect(findings(in: "a: { b: 1 }") { _ = $0.node("a") }.isEmpty)
    }

    @Test func `names the user chooses are never unknown`() {
        let found = findings(in: "cloud: { central: { url: x }, spare: { ulr: y } }") { root in
            for endpoint in root.named("cloud") {
                _ = endpoint.optionalString("url")
            }
        }
        #expect(
            found == ["1:40+3 error: unknown key `ulr` in `spare`; did you mean `url`?"]
        )
    }

    @Test func `a missing mapping is reported once and reads as empty`() {
        let found = findings(in: "a: 1") { root in
            _ = root.optionalString("a")
            let broker = root.mapping("broker")
            #expect(broker.string("url") == "")
            #expect(broker.mapping("tls").optionalString("ca_file") == nil)
        }
        #expect(found == ["1:1 error: `broker` is missing; it wants a mapping"])
    }

    @Test func `accessors leave the keys for a schema behind`() throws {
        let (file, _) = SettingsFile.parse(Array("a: 1".utf8), shownAs: "test.yaml")
        let root = try #require(file).root
        _ = root.required("a", .integer(in: 0...9))
        _ = root.optional("b", .choice(Route.self))
        _ = root.optional("c", .list(of: .duration(in: .zero...Interval.seconds(9))))
        #expect(root.knownKeys.map(\.name) == ["a", "b", "c"])
        #expect(root.knownKeys[0].kind == .integer(0...9))
        #expect(root.knownKeys[0].isRequired)
        #expect(root.knownKeys[1].kind == .choice(["act", "escalate", "defer", "drop"]))
        #expect(root.knownKeys[2].kind == .list(.duration(.zero...Interval.seconds(9))))
    }

    @Test func `quoted numbers are text, and unquoted ones can be`() {
        let found = findings(in: "count: \"5\"\nname: 1234\n") { root in
            _ = root.integer("count", default: 0)
            #expect(root.string("name") == "1234")
        }
        #expect(found == ["1:8+3 error: `count` wants a whole number; found the text `5`"])
    }

    @Test func `an unquoted template is read as a mapping, and the hint says so`() {
        let found = findings(in: "device: {line}") { _ = $0.string("device") }
        #expect(
            found == [
                "1:9 error: `device` wants a text; found a mapping; put quotes around the text"
            ]
        )
    }
}
