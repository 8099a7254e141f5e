// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Escalate

@Suite struct ReplyJSONTests {
    private func parse(_ text: String) throws -> ReplyJSON {
        try ReplyJSON(parsing: Array(text.utf8))
    }

    @Test func `reads every kind of value`() throws {
        let value = try parse(#" {"a":[1,-2.5e1,true,false,null,"x"],"b":{},"c":[]} "#)
        #expect(
            value["a"]?.list == [
                .integer(1), .number(-25), .flag(true), .flag(false), .null, .text("x"),
            ]
        )
        #expect(value["b"] == .object([]))
        #expect(value["c"] == .list([]))
    }

    @Test func `reads escapes, pairs of halves included`() throws {
        let text = try parse(#""\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00""#).text
        #expect(text == "\"\\/\u{8}\u{c}\n\r\té😀")
        #expect(try parse(#""before\u0041between\nafter""#).text == "beforeAbetween\nafter")
        #expect(try parse(#""é\u00C9""#).text == "éÉ")
    }

    @Test func `keeps the largest whole numbers exact, and larger ones as doubles`() throws {
        #expect(try parse("9223372036854775807").integer == .max)
        #expect(try parse("9223372036854775808") == .number(9_223_372_036_854_775_808))
        #expect(try parse("-9223372036854775808").integer == .min)
        #expect(try parse("-9223372036854775809") == .number(-0x1p63))
        #expect(try parse("92233720368547758070") == .number(92_233_720_368_547_758_080))
        #expect(try parse("-0") == .integer(0))
    }

    @Test func `reads every decimal as Double does`() throws {
        var bits: UInt64 = 0x9E37_79B9_7F4A_7C15
        for _ in 0..<4_000 {
            bits = bits &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let whole = (bits >> 40) >> (bits & 15)
            let places = Int(bits >> 32 & 31)
            let fraction = String(repeating: "0", count: places) + String(bits >> (bits & 63) | 1)
            let text = "\(bits & 64 == 0 ? "-" : "")\(whole).\(fraction)"
            #expect(try parse(text) == .number(try #require(Double(text))), "\(text)")
        }
        #expect(try parse("0.1") == .number(0.1))
        #expect(try parse("9007199254740993.0") == .number(9_007_199_254_740_992))
        let zero = try #require(try parse("-0.0").number)
        #expect(zero == 0 && zero.sign == .minus)
    }

    @Test(arguments: [
        "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1,}", "{a:1}", "tru",
        "nul", "NaN", "Infinity", "-", "01", "1.", ".5", "1e", "1e+", "+1", "\"", "\"\\", "\"\\x\"",
        "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"", "1 2", "{}x",
        "]", "}", ",", "\u{FEFF}1",
    ])
    func `refuses what is no JSON`(text: String) {
        #expect(throws: ReplyJSON.Malformed.self) { try parse(text) }
    }

    @Test func `refuses what is nested too deeply`() throws {
        let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        _ = try parse(deep(17))
        #expect(throws: ReplyJSON.Malformed.self) { try parse(deep(18)) }
        let endless = String(repeating: "[", count: 1 << 20)
        #expect(throws: ReplyJSON.Malformed.self) { try parse(endless) }
    }

    @Test func `survives every cut and every changed byte of a reply`() {
        let whole = Array(#"{"a":[1.5e3,"é\u00e9",{"b":null}],"c":true,"d":-0}"#.utf8)
        for length in whole.indices {
            #expect(throws: ReplyJSON.Malformed.self) {
                try ReplyJSON(parsing: Array(whole[..<length]))
            }
            for byte in [0, 0x22, 0x5B, 0x5C, 0x7B, 0x7D, 0xFF] as [UInt8] {
                var changed = whole
                changed[length] = byte
                _ = try? ReplyJSON(parsing: changed)
            }
        }
    }
}
