// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import CEL
import Testing

@testable import sluice

@Suite struct `The verb eval` {
    private func value(_ source: String, _ json: String, _ types: [String] = []) throws -> Value {
        let bindings = try EvalBindings(json: json, types: types)
        let environment = Environment(variables: bindings.declared)
        let compilation = environment.compile(source, expecting: nil)
        let program = try #require(compilation.program, "\(compilation.problems)")
        let frame = environment.makeFrame()
        bindings.fill(frame)
        return try program.evaluate(frame)
    }

    @Test func `takes whole numbers as doubles unless they are typed`() throws {
        #expect(try value("payload.t * 1.8", #"{"payload": {"t": 21}}"#) == 37.800000000000004)
        #expect(try value("n % 4", #"{"n": 7}"#, ["n=int"]) == 3)
        #expect(try value("n", #"{"n": "18446744073709551615"}"#, ["n=uint"]) == .uint(.max))
        #expect(try value("n[1]", #"{"n": [1, 2]}"#, ["n=list(int)"]) == 2)
    }

    @Test func `takes dotted names nested and in one`() throws {
        let source = "cloud.p95 < duration('1s')"
        let types = ["cloud.p95=duration"]
        #expect(try value(source, #"{"cloud": {"p95": "84ms"}}"#, types) == true)
        #expect(try value(source, #"{"cloud.p95": "84ms"}"#, types) == true)
        #expect(try value("cloud.p95 < 0.1", #"{"cloud": {"p95": 0.084}}"#) == true)
        #expect(try value("cloud.p95 < 0.1", #"{"cloud.p95": 0.084}"#) == true)
    }

    @Test func `knows the types that JSON has not`() throws {
        #expect(
            try value("t.getFullYear()", #"{"t": "2026-01-01T00:00:00Z"}"#, ["t=timestamp"]) == 2026
        )
        #expect(try value("b", #"{"b": "w78="}"#, ["b=bytes"]) == .bytes([0xC3, 0xBF]))
        #expect(try value("m[1u]", #"{"m": {"1": true}}"#, ["m=map(uint, bool)"]) == true)
        #expect(try value("has(x.y)", "{}", ["x.y=int"]) == false)
    }

    @Test(arguments: [
        ("[1]", []), ("{", []), (#"{"n": 1.5}"#, ["n=int"]), (#"{"n": "x"}"#, ["n=duration"]),
        ("{}", ["n"]), ("{}", ["n=number"]), (#"{"n": [1]}"#, ["n=map(string, int)"]),
    ])
    func `refuses variables it cannot read`(json: String, types: [String]) {
        #expect(throws: EvalBindings.Refusal.self) { try EvalBindings(json: json, types: types) }
    }

    @Test func `points at a problem in any line`() throws {
        let source = "'é' +\n 'ü' + nope"
        let compilation = Environment(variables: []).compile(source, expecting: nil)
        let problem = try #require(compilation.problems.first)
        #expect(
            EvalCommand.rendered(problem, in: source) == """
                expression:2:8: error: unknown variable `nope`
                   2 |  'ü' + nope
                     |        ^~~~
                """
        )
    }

    @Test(arguments: [
        (#"{"id": "a", "expr": "1 + 1"}"#, #"{"id":"a","value":{"t":"int","v":"2"}}"#),
        (#"{"id": "b", "expr": "1 / 0"}"#, #"{"id":"b","error":"division by zero"}"#),
        (#"{"id": "c", "expr": "null"}"#, #"{"id":"c","value":{"t":"null"}}"#),
        (
            #"{"id": "d", "expr": "x", "bindings": {"x": {"t": "double", "v": "NaN"}}}"#,
            #"{"id":"d","value":{"t":"double","v":"NaN"}}"#
        ),
        (
            #"{"id": "e", "expr": "{y: b'a'}", "container": "x", "type_env": [{"name": "x.y", "type": "int"}], "bindings": {"x.y": {"t": "int", "v": "7"}}}"#,
            #"{"id":"e","value":{"t":"map","v":[[{"t":"int","v":"7"},{"t":"bytes","v":"YQ=="}]]}}"#
        ),
        (
            #"{"id": "f", "expr": "x || true", "disable_check": true}"#,
            #"{"id":"f","value":{"t":"bool","v":true}}"#
        ),
        (
            #"{"id": "g", "expr": "[duration('90m'), timestamp(0), type(1)]"}"#,
            #"{"id":"g","value":{"t":"list","v":[{"t":"duration","v":"5400s"},{"t":"timestamp","v":"1970-01-01T00:00:00Z"},{"t":"type","v":"int"}]}}"#
        ),
        (
            #"{"id": "h", "expr": "x", "bindings": {"x": {"t": "message", "v": 1}}}"#,
            #"{"id":"h","error":"a value of type `message` cannot be read"}"#
        ),
        (#"{"id": "i"}"#, #"{"id":"i","error":"the row has no `expr`"}"#),
    ])
    func `answers a row of the conformance suite`(row: String, answer: String) {
        #expect(ConformanceRow.answer(.text(Array(row.utf8)), number: 1) == answer)
    }

    @Test func `answers what is no row with its number`() {
        let answer = ConformanceRow.answer(.text(Array("no".utf8)), number: 3)
        #expect(answer.hasPrefix(#"{"id":"line 3","error":"the row cannot be read"#))
        #expect(ConformanceRow.answer(.tooLong, number: 4).hasPrefix(#"{"id":"line 4","error":"#))
    }
}
