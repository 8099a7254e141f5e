// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Testing
import Vocabulary

@Suite struct `A payload that does not decode` {
    typealias Field = ReadingSpec.Field

    @Test func `says which field wants what`() throws {
        var bench = try Bench(
            fields: [
                Field(name: "temp", path: "a.temp", kind: .number),
                Field(name: "vib", path: "vib", kind: .samples, isRequired: false),
            ]
        )
        #expect(
            bench.error(#"{"a": {"temp": "hot"}}"#)
                == DecodeError(
                    code: .wrongKind,
                    message: "field `temp` (`a.temp`) wants a number; found a string",
                    offset: 15
                )
        )
        #expect(
            bench.error(#"{"a": {"temp": 1}, "vib": [1, "2"]}"#)?.message
                == "field `vib` (`vib`) wants numbers in its array; found a string"
        )
        #expect(
            bench.error(#"{"a": {}}"#)?.message == "field `temp` (`a.temp`) is missing"
        )
        #expect(
            bench.error(#"{"a": {"temp": 1, "temp": 2}}"#)?.message
                == "member `a.temp` stands twice"
        )
    }

    @Test(arguments: [
        ("", DecodeError.Code.empty), (" \n\t", .empty), ("{", .syntax), ("{}x", .syntax),
        ("{\"a\" 1}", .syntax), ("{\"a\":1,}", .syntax), ("[1,]", .syntax), ("[1 2]", .syntax),
        ("{a:1}", .syntax), ("'a'", .syntax), ("nul", .syntax), ("truE", .syntax),
        ("NaN", .syntax), ("Infinity", .syntax), ("-", .syntax), ("01", .syntax), ("1.", .syntax),
        (".5", .syntax), ("+1", .syntax), ("1e", .syntax), ("1e+", .syntax), ("0x1", .syntax),
        ("\"a", .syntax), ("\"\\x\"", .syntax), ("\"\\u12G4\"", .syntax), ("\"\\u12", .syntax),
        ("\"\t\"", .syntax), ("\"\\ud800\"", .encoding), ("\"\\udc00\"", .encoding),
        ("\"\\ud800\\u0041\"", .encoding), ("\"\\ud800x\"", .encoding), ("\u{FEFF}{}", .encoding),
        ("1e400", .numberRange), ("-1e999999999999", .numberRange), ("1 // one", .syntax),
        ("\u{0}", .syntax), ("\"\\", .syntax), ("// c\n1", .syntax),
    ])
    func `has a code`(text: String, code: DecodeError.Code) throws {
        var bench = try Bench()
        #expect(bench.error(text)?.code == code)
        #expect(throws: DecodeError.self) { try tree(text) }
    }

    @Test(
        arguments: [
            [0x22, 0x80, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22], [0x22, 0xFF, 0x22],
            [0x22, 0xF0, 0x80, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82], [0x22, 0xC3],
        ] as [[UInt8]]
    )
    func `is not UTF-8`(bytes: [UInt8]) throws {
        var bench = try Bench()
        #expect(bench.error(bytes)?.code == .encoding)
    }

    @Test func `is too deep, too large or too many`() throws {
        var bench = try Bench(limits: DecodeLimits(payloadBytes: 10_000, depth: 8, readings: 3))
        #expect(bench.error(String(repeating: "[", count: 8) + "1") != nil)
        #expect(bench.error(String(repeating: "[", count: 9))?.code == .tooDeep)
        #expect(bench.error(String(repeating: "{\"a\":", count: 2_000))?.code == .tooDeep)
        #expect(bench.error(String(repeating: " ", count: 10_001))?.code == .tooLarge)
        var list = try Bench(each: "", limits: DecodeLimits(readings: 3))
        #expect(try list.decode("[1,2,3]") == 3)
        #expect(list.error("[1,2,3,4]")?.code == .tooMany)
        #expect(throws: DecodeError.self) {
            try tree(Array("[1,2,3]".utf8), limits: DecodeLimits(treeValues: 3))
        }
    }

    @Test func `may be ten megabytes`() throws {
        var bench = try Bench(limits: DecodeLimits(payloadBytes: 16 << 20))
        let brackets = [UInt8](repeating: UInt8(ascii: "["), count: 10 << 20)
        #expect(bench.error(brackets)?.code == .tooDeep)
        let digits = [UInt8](repeating: UInt8(ascii: "1"), count: 10 << 20)
        #expect(bench.error(digits)?.code == .numberRange)
        var bounded = try Bench()
        #expect(bounded.error(brackets)?.code == .tooLarge)
    }

    @Test func `has no array of readings`() throws {
        var bench = try Bench(each: "readings")
        #expect(bench.error("{}")?.message == "the array of readings `readings` is missing")
        // A message before it that had one does not count.
        try bench.decode(#"{"readings": [1]}"#)
        #expect(bench.error("{}")?.code == .missing)
        #expect(bench.error(#"{"readings": 5}"#)?.code == .wrongKind)
        #expect(bench.error(#"{"readings": [1], "readings": [2]}"#)?.code == .duplicateMember)
    }

    @Test func `names no device`() throws {
        var missing = try Bench(device: "{line}/{payload.id}")
        #expect(missing.error("{}")?.message == "the device's `payload.id` is missing")
        #expect(missing.error(#"{"id": 1.5}"#)?.code == .wrongKind)
        #expect(missing.error(#"{"id": [1]}"#)?.code == .wrongKind)
        var unknown = try Bench(device: "{site}")
        #expect(unknown.error("{}")?.code == .device)
        var empty = try Bench(device: "{payload.id}")
        #expect(empty.error(#"{"id": ""}"#)?.message == "the device's name is empty")
        let long = String(repeating: "x", count: 257)
        #expect(empty.error("{\"id\": \"\(long)\"}")?.code == .device)
    }

    @Test func `is refused as a whole when its last reading is bad`() throws {
        var bench = try Bench(
            fields: [ReadingSpec.Field(name: "v", path: "v", kind: .samples)],
            each: ""
        )
        #expect(bench.error(#"[{"v": [1, 2]}, {"v": 3}]"#)?.code == .wrongKind)
        #expect(bench.batch.count == 0)
        #expect(bench.batch.samples.isEmpty)
        #expect(try bench.decode(#"[{"v": [1, 2]}]"#) == 1)
    }

    @Test func `never puts payload contents into its message`() throws {
        var bench = try Bench(
            fields: [ReadingSpec.Field(name: "v", path: "v", kind: .number)],
            device: "{payload.id}",
            time: "t"
        )
        for text in [
            #"{"v": "SECRET"}"#, #"{"SECRET": 1, "v": tSECRET}"#, #"{"v": 1, "t": "SECRET"}"#,
            #"{"v": 1, "id": ["SECRET"]}"#, #"{"v":1} SECRET"#,
        ] {
            let found = bench.error(text)
            let error = try #require(found)
            #expect(!error.description.contains("SECRET"))
        }
    }
}

@Suite struct `A field's path` {
    @Test func `is made of names and indices`() throws {
        #expect(try FieldPath("").steps == [])
        #expect(
            try FieldPath("a.b[0].c").steps
                == [.member("a"), .member("b"), .element(0), .member("c")]
        )
        #expect(try FieldPath("[2][3]").steps == [.element(2), .element(3)])
        #expect(
            try FieldPath("switch:0.temp °C").steps == [.member("switch:0"), .member("temp °C")]
        )
        #expect(try FieldPath(#"a["b.[c]"]"#).steps == [.member("a"), .member("b.[c]")])
    }

    @Test(arguments: [
        (".a", 0), ("a.", 2), ("a..b", 2), ("a[", 1), ("a[x]", 1), ("a[-1]", 1), ("a[1]b", 4),
        ("a[]", 1), ("a[99999999]", 1), ("a]", 1), ("a[\"b]", 1),
    ])
    func `is refused with its place`(path: String, offset: Int) {
        #expect(throws: FieldPath.Malformed.self) { try FieldPath(path) }
        do {
            _ = try FieldPath(path)
        } catch {
            #expect(error.offset == offset)
        }
    }

    @Test func `that is malformed makes no decoder`() {
        #expect(throws: DecodeSpecError.self) {
            try Bench(fields: [ReadingSpec.Field(name: "v", path: "a..b")])
        }
        #expect(throws: DecodeSpecError.self) { try Bench(each: "x[") }
    }
}
