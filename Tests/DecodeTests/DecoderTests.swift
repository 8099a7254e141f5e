// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Testing
import Vocabulary

@Suite struct `A decoder` {
    typealias Field = ReadingSpec.Field

    @Test func `takes the fields of the policy and passes the rest`() throws {
        var bench = try Bench(
            fields: [
                Field(name: "temp", path: "temp", kind: .number),
                Field(name: "state", path: "status.state", kind: .text),
                Field(name: "on", path: "status.on", kind: .flag),
                Field(name: "vib", path: "vib.samples", kind: .samples),
                Field(name: "second", path: "pairs[1][0]", kind: .number),
            ],
            time: "ts",
            sequence: "n"
        )
        let count = try bench.decode(
            """
            {"n": 7, "other": {"temp": [1, {"x": null}]}, "status": {"on": true, "state": "ok"},
             "vib": {"rate": 1e3, "samples": [1, -2.5, 3e-1]}, "ts": 1700000000123, "temp": 21.5,
             "pairs": [[1, 2], [3, 4], [5, 6]]}
            """
        )
        #expect(count == 1)
        #expect(bench.batch[0, 0] == .number(21.5))
        #expect(bench.batch[0, 1] == .text("ok"))
        #expect(bench.batch[0, 2] == .flag(true))
        #expect(bench.batch[0, 3] == .samples(0..<3))
        #expect(bench.batch.samples == [1, -2.5, 0.3])
        #expect(bench.batch[0, 4] == .number(3))
        #expect(bench.batch.rows[0].device == "4/17")
        #expect(bench.batch.rows[0].sequence == 7)
        #expect(bench.batch.rows[0].deviceTime?.nanoseconds == 1_700_000_000_123_000_000)
    }

    @Test func `takes a payload that is one number as the field with the empty path`() throws {
        var bench = try Bench(fields: [Field(name: "temp", path: "", kind: .number)])
        for text in ["21.5", " 21.5\n", "2.15e1"] {
            #expect(try bench.decode(text) == 1)
        }
        #expect((0..<3).allSatisfy { bench.batch[$0, 0] == .number(21.5) })
        for text in ["\"21.5\"", "{\"temp\":21.5}", "21.5 C", "null", "[21.5]"] {
            #expect(throws: DecodeError.self) { try bench.decode(text) }
        }
        #expect(bench.batch.rows.count == 3)
    }

    @Test func `names the device of a topic once, and not that of another`() throws {
        var bench = try Bench(fields: [Field(name: "x", path: "x", kind: .number)])
        let topics = [
            Topic(name: "4/17", index: 3, generation: 0),
            Topic(name: "5/18", index: 0, generation: 0),
            // A lane that has emptied its table begins to count again.
            Topic(name: "6/19", index: 3, generation: 1),
        ]
        for (number, topic) in (topics + topics).enumerated() {
            let parts = topic.name.split(separator: "/").map(String.init)
            var asked = 0
            let payload = Array(#"{"x": 1}"#.utf8)
            try payload.withUnsafeBytes { bytes in
                _ = try bench.decoder.decode(
                    message: number,
                    of: topic,
                    payload: bytes,
                    captures: { name in
                        asked += 1
                        return name == "line" ? parts[0] : parts[1]
                    },
                    into: &bench.batch
                )
            }
            #expect(bench.batch.rows[number].device == topic.name)
            // The two that share an index take turns in its place.
            #expect(asked == (number == 4 ? 0 : 2))
        }
    }

    @Test func `appends to what the batch holds already`() throws {
        var bench = try Bench(fields: [Field(name: "x", path: "x", kind: .samples)])
        try bench.decode(#"{"x": [1, 2]}"#)
        try bench.decode(#"{"x": [3]}"#)
        #expect(bench.batch[1, 0] == .samples(2..<3))
        #expect(bench.batch.samples == [1, 2, 3])
    }

    @Test func `makes one reading of each element of an array`() throws {
        var bench = try Bench(
            fields: [Field(name: "v", path: "v", kind: .number)],
            each: "data.readings",
            device: "{line}/{payload.id}",
            time: "ts",
            unit: .seconds,
            sequence: "n"
        )
        let count = try bench.decode(
            """
            {"data": {"readings": [{"id": "a", "v": 1, "n": 1}, {"id": 9, "v": 2, "ts": 5}]},
             "ts": 3, "n": 40}
            """
        )
        #expect(count == 2)
        #expect(bench.batch.rows.map(\.device) == ["4/a", "4/9"])
        #expect(bench.batch.rows.map(\.index) == [0, 1])
        #expect(bench.batch.rows.map(\.sequence) == [1, 40])
        #expect(bench.batch.rows.map(\.deviceTime?.nanoseconds) == [3_000_000_000, 5_000_000_000])
        #expect(bench.batch[1, 0] == .number(2))
    }

    @Test func `takes the device from around the readings where they do not say it`() throws {
        var bench = try Bench(
            fields: [Field(name: "v", path: "", kind: .number)],
            each: "values",
            device: "{payload.serial}"
        )
        #expect(try bench.decode(#"{"values": [1.5, 2.5], "serial": "S-1"}"#) == 2)
        #expect(bench.batch.rows.map(\.device) == ["S-1", "S-1"])
        #expect(bench.batch[1, 0] == .number(2.5))
    }

    @Test func `reads a payload that is the array itself, or a bare number`() throws {
        var list = try Bench(fields: [Field(name: "v", path: "v", kind: .number)], each: "")
        #expect(try list.decode(#"[{"v": 1}, {"v": 2}]"#) == 2)
        #expect(try list.decode("[]") == 0)
        var bare = try Bench(fields: [Field(name: "v", path: "", kind: .number)])
        #expect(try bare.decode(" 23.5\n") == 1)
        #expect(bare.batch[0, 0] == .number(23.5))
    }

    @Test func `counts null and what is not there as absent`() throws {
        var bench = try Bench(
            fields: [
                Field(name: "a", path: "a", isRequired: false),
                Field(name: "b", path: "b.c", isRequired: false),
            ],
            time: "ts",
            sequence: "n"
        )
        try bench.decode(#"{"a": null, "b": 5, "ts": null}"#)
        #expect(bench.batch[0, 0] == .absent)
        #expect(bench.batch[0, 1] == .absent)
        #expect(bench.batch.rows[0].deviceTime == nil)
        #expect(bench.batch.rows[0].sequence == nil)
    }

    @Test func `fills several fields from one place`() throws {
        var bench = try Bench(
            fields: [
                Field(name: "all", path: "x", kind: .samples),
                Field(name: "first", path: "x[0]", kind: .number),
                Field(name: "again", path: "x", kind: .any),
            ]
        )
        try bench.decode(#"{"x": [4, 5]}"#)
        #expect(bench.batch[0, 0] == .samples(0..<2))
        #expect(bench.batch[0, 1] == .number(4))
        #expect(bench.batch[0, 2] == .samples(2..<4))
    }

    @Test func `finds members spelled with escapes, and names with dots`() throws {
        var bench = try Bench(
            fields: [
                Field(name: "a", path: "température", kind: .number),
                Field(name: "b", path: #"["a.b"].c"#, kind: .text),
            ]
        )
        try bench.decode(#"{"temp\u00e9rature": 1, "a.b": {"c": "\ud83d\ude00\n\u0041\/"}}"#)
        #expect(bench.batch[0, 0] == .number(1))
        #expect(bench.batch[0, 1] == .text("😀\nA/"))
    }

    @Test func `keeps whole numbers of 64 bits exact in sequences`() throws {
        var bench = try Bench(sequence: "n")
        for (text, value) in [
            ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
            ("9007199254740993", 9_007_199_254_740_993), ("12.0", 12), ("1.2e1", 12), ("0", 0),
            ("-0", 0), ("1200e-2", 12),
        ] {
            try bench.decode("{\"n\": \(text)}")
            #expect(bench.batch.rows.last?.sequence == value, "\(text)")
        }
        for text in ["1.5", "9223372036854775808", "1e30", "\"7\"", "true", "1e-1"] {
            #expect(bench.error("{\"n\": \(text)}")?.code == .sequence, "\(text)")
        }
    }

    @Test func `reads times without the rounding of a double`() throws {
        let cases: [(ReadingSpec.TimeUnit, String, Int64)] = [
            (.seconds, "1700000000.123456789", 1_700_000_000_123_456_789),
            (.seconds, "1.7e9", 1_700_000_000_000_000_000),
            (.milliseconds, "1700000000123.5", 1_700_000_000_123_500_000),
            (.microseconds, "1700000000123456", 1_700_000_000_123_456_000),
            (.nanoseconds, "1700000000123456789", 1_700_000_000_123_456_789),
            (.rfc3339, "\"2023-11-14T22:13:20.123456789Z\"", 1_700_000_000_123_456_789),
            (.rfc3339, "\"2023-11-15t00:13:20.5+02:00\"", 1_700_000_000_500_000_000),
            (.rfc3339, "\"1969-12-31 23:59:59.25Z\"", -750_000_000),
            (.rfc3339, "\"2024-02-29T00:00:00Z\"", 1_709_164_800_000_000_000),
        ]
        for (unit, text, nanoseconds) in cases {
            var bench = try Bench(time: "t", unit: unit)
            try bench.decode("{\"t\": \(text)}")
            #expect(bench.batch.rows[0].deviceTime?.nanoseconds == nanoseconds, "\(text)")
        }
    }

    @Test(arguments: [
        "\"2023-02-29T00:00:00Z\"", "\"2023-11-14\"", "\"2023-11-14T22:13:20\"",
        "\"2023-11-14T22:13:20.Z\"", "\"2023-13-01T00:00:00Z\"", "\"2023-11-14T24:00:00Z\"", "5",
        "\"2023-11-14T22:13:20Z \"", "\"9999-11-14T22:13:20Z\"", "true",
    ])
    func `refuses what is no RFC 3339 time`(text: String) throws {
        var bench = try Bench(time: "t", unit: .rfc3339)
        #expect(bench.error("{\"t\": \(text)}")?.code == .time)
    }
}
