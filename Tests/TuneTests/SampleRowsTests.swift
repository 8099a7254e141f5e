// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Tune

@Suite
struct SampleRowsTests {
    private func problems(_ text: String) -> [Diagnostic] {
        do throws(SampleRefusal) {
            let rows = try SampleRows(parsing: Array(text.utf8), file: "rows.jsonl")
            _ = try rows.samples(file: "rows.jsonl")
            return []
        } catch {
            guard case .badRows(let problems) = error else { return [] }
            return problems
        }
    }

    private let good = #"{"id": "a", "p_edge": [0.9, 0.1], "p_cloud": [0.2, 0.8], "y": 1}"#

    @Test func `takes rows with everything they may have`() throws {
        let text = """
            {"id": "a", "p_edge": [0.9, 0.1], "p_cloud": [0.2, 0.8], "y": 1, "device": "4/17",
            """
            .dropLast()
            + #", "time": "1970-01-01T00:00:02.5+00:00", "block": 3, "more": {"a": [1]}}"#
            + "\n\n" + #"{"id": 7, "p_edge": [0.4, 0.6], "p_cloud": [0, 1], "time": 4}"# + "\r\n"
        let rows = try SampleRows(parsing: Array(text.utf8), file: "rows.jsonl")
        let samples = try rows.samples(file: "rows.jsonl")
        #expect(samples.map(\.id) == ["a", "7"])
        #expect(rows.rows.map(\.isNumbered) == [false, true])
        #expect(samples.map(\.disagrees) == [true, false])
        #expect(samples[0].device == "4/17")
        #expect(samples[0].time == WallTime(nanoseconds: 2_500_000_000))
        #expect(samples[0].block == "3")
        #expect(samples[0].truth == 1)
        #expect(samples[1].time == WallTime(nanoseconds: 4_000_000_000))
    }

    @Test func `takes the truth as the reference where nobody asked a cloud`() throws {
        let text = #"{"id": "a", "p_edge": [0.9, 0.1], "y": 1}"#
        let rows = try SampleRows(parsing: Array(text.utf8), file: "rows.jsonl")
        #expect(try rows.samples(file: "rows.jsonl")[0].reference == 1)
    }

    @Test(
        arguments: [
            (#"{"id": "b", "p_edge": [0.9, 0.2], "p_cloud": [0, 1]}"#, "sums to 1.1"),
            (#"{"id": "b", "p_edge": [NaN, 0.2], "p_cloud": [0, 1]}"#, "is NaN"),
            (#"{"id": "b", "p_edge": [Infinity, 0.2], "p_cloud": [0, 1]}"#, "not within 0…1"),
            (#"{"id": "b", "p_edge": [-0.5, 1.5], "p_cloud": [0, 1]}"#, "not within 0…1"),
            (#"{"id": "b", "p_edge": [0.5, 0.5], "p_cloud": [0, 0, 1]}"#, "`p_cloud` has 3 values"),
            (#"{"id": "b", "p_edge": [0, 0, 1], "p_cloud": [0, 0, 1]}"#, "line 1 has 2"),
            (#"{"id": "a", "p_edge": [0.5, 0.5], "p_cloud": [0, 1]}"#, "already that of line 1"),
            (#"{"id": "b", "p_edge": [0.5, 0.5]}"#, "the label is missing"),
            (#"{"id": "b", "p_edge": [0.5, 0.5], "p_cloud": null}"#, "the label is missing"),
            (#"{"p_edge": [0.5, 0.5], "p_cloud": [0, 1]}"#, "`id` is missing"),
            (#"{"id": "b", "p_cloud": [0, 1]}"#, "has no `p_edge`"),
            (#"{"id": "b", "p_edge": 0.5, "p_cloud": [0, 1]}"#, "is a list"),
            (#"{"id": "b", "p_edge": [0.5, "x"], "p_cloud": [0, 1]}"#, "is a list"),
            (#"{"id": "b", "p_edge": [0.5, 0.5], "y": 2}"#, "there are 2 labels"),
            (#"{"id": "b", "p_edge": [0.5, 0.5], "y": 0.5}"#, "a whole number"),
            (#"{"id": "b", "p_edge": [0.5, 0.5], "y": 0, "time": "noon"}"#, "RFC 3339"),
            (#"{"id": "b", "p_edge": [0.5, 0.5], "y": 0, "time": true}"#, "RFC 3339"),
            (#"{"id": "b", "p_edge": [0.5, 0.5], "y": 0, "block": [1]}"#, "`block` of row"),
            (#"{"id": "b", "p_edge": [0.5, 0.5], "y": 0, "device": 1.5}"#, "`device` of row"),
            (#"{"id": "b", "p_edge": [0.5, 0.5], "#, "not a row of JSON"),
            (#"["b"]"#, "a row is an object"),
            (#"{"id": "b", "id": "c"}"#, "`id` is here twice"),
            (#"{"id": "\u12"}"#, "four hexadecimal digits"),
            (#"{"id": "b", "x": [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}"#, "too deep"),
        ]
    )
    func `names the line that is wrong`(row: String, expected: String) {
        let found = problems(good + "\n" + row + "\n")
        #expect(found.count == 1)
        #expect(found.first?.line == 2)
        #expect(found.first?.message.contains(expected) == true, "\(found)")
    }

    @Test func `wants the time of every row or of none`() {
        let late = #"{"id": "b", "p_edge": [0.5, 0.5], "p_cloud": [0, 1], "time": 3}"#
        #expect(problems(good + "\n" + late).map(\.line) == [1])
    }

    @Test func `passes over a byte order mark`() {
        #expect(problems("\u{FEFF}" + good + "\n").isEmpty)
    }

    @Test func `tells of many bad rows at once, but not of all`() {
        let text = String(repeating: "{\n", count: 1_000)
        #expect(problems(text).count == SampleRows.mostProblems)
    }

    @Test func `any bytes are an answer, not a crash`() {
        var random = TestStream(state: 11)
        let alphabet = Array(#"{}[]",:.0123456789eE+-\untrfalsNI p_edge"id" "#.utf8) + [0xFF, 0]
        for _ in 0..<3_000 {
            var bytes = (0..<Int(random.next() % 60)).map { _ in
                alphabet[Int(random.next() % UInt64(alphabet.count))]
            }
            if random.next() % 2 == 0 { bytes = Array(good.utf8.prefix(40)) + bytes }
            _ = try? SampleRows(parsing: bytes, file: "rows.jsonl")
        }
    }
}
