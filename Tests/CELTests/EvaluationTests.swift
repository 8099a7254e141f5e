// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Testing

@Suite struct EvaluationTests {
    @Test func `absorbs an error that the other side decides`() throws {
        #expect(try evaluated("1 / 0 > 1 || true") == true)
        #expect(try evaluated("true || 1 / 0 > 1") == true)
        #expect(try evaluated("1 / 0 > 1 && false") == false)
        #expect(try failure("1 / 0 > 1 || false") == .divideByZero)
        #expect(try evaluated("x || x || x || x || true", with: ["x": "no bool"]) == true)
    }

    @Test func `neither compares nor shows what shared parts make too large`() throws {
        let doubled = "[1]" + String(repeating: ".map(a, [a, a])", count: 40)
        #expect(try failure("\(doubled) == \(doubled)") == .cost)
        #expect(try failure("\(doubled)[0] in \(doubled)") == .cost)
        let value = try evaluated(doubled)
        #expect(value.isTooLarge)
        #expect(value.description == "(list: too large to show)")
        let map = "[{'a': 1}]" + String(repeating: ".map(a, {'a': a, 'b': a})", count: 40)
        #expect(try evaluated(map).isTooLarge)
        #expect(try evaluated("[[1], {'a': [2]}]").description == "[[1], {\"a\": [2]}]")
    }

    @Test func `reports integers that leave their range`() throws {
        #expect(try failure("9223372036854775807 + 1") == .range)
        #expect(try failure("-(-9223372036854775808)") == .range)
        #expect(try failure("x % 0", with: ["x": 5]) == .divideByZero)
        #expect(try failure("-9223372036854775808 / x", with: ["x": -1]) == .range)
        #expect(try failure("0u - 1u") == .range)
        #expect(try failure("int(1e19)") == .range)
    }

    @Test func `compares numbers by value whatever their types`() throws {
        #expect(try evaluated("x == 1 && x < 2u && x >= 1.0", with: ["x": 1.0]) == true)
        #expect(try evaluated("dyn(-1) < 0u") == true)
        #expect(try evaluated("{1: 'a'}[dyn(1.0)]") == "a")
        #expect(try evaluated("dyn(0.0 / 0.0) == dyn(0.0 / 0.0)") == false)
    }

    @Test func `compares text by code points`() throws {
        #expect(try evaluated("'e\\u0301' == '\\u00e9'") == false)
        #expect(try evaluated("size('e\\u0301')") == 2)
        #expect(try evaluated("'😀' > '\\uFFFD'") == true)
        #expect(try evaluated("'aabaabaac'.contains('aabaac')") == true)
    }

    @Test func `takes raw text as it stands`() throws {
        #expect(try evaluated(#"r'a\' + "\n""#) == "a\\\n")
        #expect(try evaluated(#"size(br"\x00")"#) == 4)
    }

    @Test func `reads payloads of any shape`() throws {
        let payload = Value.map(
            ValueMap(fields: [
                ("t", 21.0), ("tags", .list(["hot", "new"])), ("deep", .map(.empty)),
            ])
        )
        let bindings: KeyValuePairs<String, Value> = ["payload": payload]
        #expect(try evaluated("payload.t * 1.8 + 32.0 > 69.7", with: bindings) == true)
        #expect(try evaluated("'hot' in payload.tags", with: bindings) == true)
        #expect(try evaluated("has(payload.humidity)", with: bindings) == false)
        #expect(try evaluated("has(payload.deep.er)", with: bindings) == false)
        #expect(try failure("payload.humidity > 3", with: bindings) == .noSuchKey)
        #expect(try failure("payload.t.x > 3", with: bindings) == .noOverload)
        #expect(try evaluated("payload.tags.map(t, t + '!')[1]", with: bindings) == "new!")
    }

    @Test func `runs macros with one and two variables`() throws {
        #expect(try evaluated("[1, 2, 3].filter(x, x > 1).map(x, x * x) == [4, 9]") == true)
        #expect(try evaluated("[1, 2].exists(x, [3, 2].exists(y, x == y))") == true)
        #expect(try evaluated("[5, 6].all(i, v, v == i + 5)") == true)
        #expect(try evaluated("{'a': 1}.transformMap(k, v, v + 1)['a']") == 2)
        #expect(try evaluated("[1, 2, 3].map(x, x > 1, x + 10) == [12, 13]") == true)
    }

    @Test func `reads instants and spans`() throws {
        let at = "timestamp('2024-02-29T23:59:59.5Z')"
        #expect(try evaluated("\(at).getDayOfYear()") == 59)
        #expect(try evaluated("\(at).getMilliseconds()") == 500)
        #expect(try evaluated("\(at).getDate('+01:00')") == 1)
        #expect(try evaluated("string(\(at) + duration('500ms'))") == "2024-03-01T00:00:00Z")
        #expect(try evaluated("string(duration('1h30m1.5s'))") == "5401.5s")
        #expect(try evaluated("duration('-1.5h') + duration('90m') == duration('0')") == true)
    }

    @Test func `ends every evaluation at its cost limit`() throws {
        let list = Value.list(Array(repeating: 1, count: 1_000))
        let triple = "x.exists(a, x.exists(b, x.exists(c, a + b + c < 0)))"
        #expect(try failure(triple, with: ["x": list]) == .cost)
        #expect(try failure("\(triple) || true", with: ["x": list]) == .cost)
        let text = Value.string(String(repeating: "ab", count: 50_000))
        #expect(try failure("x.all(i, (s + s).size() > 0)", with: ["x": list, "s": text]) == .cost)
        #expect(try failure("x.all(i, x == x)", with: ["x": list]) == .cost)
        #expect(try evaluated("x.all(i, i == 1)", with: ["x": list]) == true)
    }

    @Test(arguments: [
        "int(secret)", "double(secret)", "uint(secret)", "bool(secret)", "timestamp(secret)",
        "duration(secret)", "{}[secret]", "{secret: 1, secret: 2}", "secret + 1", "secret < 1",
        "timestamp(0).getHours(secret)", "'a'.matches(secret)", "-secret", "secret.x", "!secret",
        "secret ? 1 : 2", "secret && true", "[1][secret]", "secret.all(x, true)",
        "[secret].all(x, x)",
    ])
    func `keeps values out of messages`(source: String) throws {
        let secret = "hunter2("
        let error = #expect(throws: EvaluationError.self) {
            try evaluated(source, with: ["secret": .string(secret)])
        }
        let shown = try #require(error)
        #expect(!shown.message.contains("hunter2"))
        #expect(!shown.description.contains("hunter2"))
    }

    @Test func `says the value to who may see it`() throws {
        let error = try #require(
            #expect(throws: EvaluationError.self) {
                try evaluated("int(x)", with: ["x": "abc"])
            }
        )
        #expect(error.explained == "the text is no int: \"abc\"")
        let key = try #require(
            #expect(throws: EvaluationError.self) { try evaluated("{1: 2}[x]", with: ["x": 7]) }
        )
        #expect(key.explained == "no such key: 7")
    }
}
