// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Trace

@Suite struct TraceReaderTests {
    private let head = TraceFixture.headerText + "\n"
    private let one = TraceFixture.text(.decision(TraceFixture.decision()))

    private func diagnostic(_ text: String) throws -> Diagnostic? {
        let folder = try TemporaryFolder()
        let path = folder.write(text)
        do {
            _ = try TraceFixture.read([path])
            return nil
        } catch let diagnostic as Diagnostic {
            var diagnostic = diagnostic
            #expect(diagnostic.file == path)
            diagnostic.file = ""
            return diagnostic
        }
    }

    @Test func `a last line that was cut off is counted`() throws {
        let folder = try TemporaryFolder()
        for cut in [1, 20, one.utf8.count / 2, one.utf8.count - 2] {
            let torn = String(decoding: Array(one.utf8.prefix(cut)), as: UTF8.self)
            let read = try TraceFixture.read([folder.write(head + one + torn)])
            #expect(read.tally.decisions == 1)
            #expect(read.tally.truncated == 1)
        }
        let whole = try TraceFixture.read([folder.write(head + String(one.dropLast()))])
        #expect(whole.tally.decisions == 1)
        #expect(whole.tally.truncated == 0)
    }

    @Test func `a bad line in the middle is named`() throws {
        let found = try diagnostic(head + one + #"{"kind":"verdict","id":7}"# + "\n" + one)
        #expect(found?.line == 3)
        #expect(found?.column == 24)
        #expect(found?.message == "a text is wanted here")
    }

    @Test(arguments: [
        (#"{"kind":"decision"}"#, "a decision has `id`"),
        (#"{"kind":"verdict","label":"x"}"#, "a verdict has an `id`"),
        (#"{"kind":"verdict","id":"00000000000000070000000000000001"}"#, "a verdict has a `label`"),
        (#"{"kind":"verdict","id":"0g"}"#, "an id has 32 hexadecimal digits"),
        (
            #"{"kind":"decision","route":"fly"}"#,
            "`fly` is none of `act`, `escalate`, `defer`, `drop`"
        ),
        (#"{"id":1}"#, "a line begins with `kind`, a file with `trace`"),
        (#"{"kind":"verdict"} x"#, "a verdict has an `id`"),
        (#"{"kind":"new"} x"#, "there is more after the object"),
        (#"{"kind":"new""#, "`,` or `}` is missing in an object"),
        (#"[]"#, "an object is wanted here"),
        (#"{"kind":"new","x":1e999}"#, "this is no number"),
        (#"{"kind":"new","x":"\q"}"#, "no such escape"),
        (#"{"kind":"new","x":tru}"#, "`true` or `false` is wanted here"),
        (#"{"kind":"decision","cloud":{"samples":-1}}"#, "a count cannot be negative"),
        (#"{"kind":"decision","finding":{"label":"x"}}"#, "a finding has a `model`"),
    ])
    func `each mistake has its words`(line: String, message: String) throws {
        let found = try diagnostic(head + line + "\n")
        let isMissing = line.hasSuffix(#""verdict"} x"#)
        #expect(found?.message == (isMissing ? "there is more after the object" : message))
        #expect(found?.line == 2)
    }

    @Test func `nesting and long lines are bounded`() throws {
        let deep = #"{"kind":"new","x":"# + String(repeating: "[", count: 100_000)
        #expect(try diagnostic(head + deep + "\n")?.message == "nested more than 32 deep")
        let folder = try TemporaryFolder()
        let path = folder.write(head + String(repeating: "x", count: 3_000_000))
        let reader = try TraceReader(paths: [path], lineLimit: 1 << 20)
        #expect(throws: Diagnostic.self) { while try reader.next() != nil {} }
    }

    @Test func `kinds and members from later versions are passed over`() throws {
        let folder = try TemporaryFolder()
        let later = #"{"kind":"weather","x":{"a":[1,{"b":null}]}}"# + "\n"
        let verdict =
            #"{"kind":"verdict","id":"00000000000000070000000000000001","label":"x","new":[{}]}"#
        let read = try TraceFixture.read([folder.write(head + later + verdict + "\r\n\n")])
        #expect(read.tally.unknown == 1)
        #expect(read.tally.verdicts == 1)
    }

    @Test func `a newer format is refused by its number`() throws {
        let found = try diagnostic(#"{"trace":2,"scope":{"new":1}}"# + "\n")
        #expect(found?.message == "a trace of format 2; this program reads up to 1")
    }

    @Test func `a file that is no trace is refused`() throws {
        #expect(try diagnostic("temp,vib\n1,2\n")?.hint == "is it a trace?")
        #expect(try diagnostic(one)?.message == "a trace begins with a line that has `trace`")
    }

    @Test func `rotated files are read in the order they were written`() throws {
        let folder = try TemporaryFolder()
        for number in [0, 1, 2] {
            let name = number == 0 ? "trace.jsonl" : "trace.jsonl.\(number)"
            let line = TraceFixture.text(.verdict(TraceFixture.verdict(UInt64(9 - number))))
            _ = folder.write(head + line, to: name)
        }
        let path = folder.file("trace.jsonl")
        let read = try TraceFixture.read([path, path + ".1"])
        let order = read.lines.compactMap { line -> UInt64? in
            guard case .verdict(let verdict) = line else { return nil }
            return verdict.id.low
        }
        #expect(order == [7, 8, 9])
        #expect(read.tally.files == 3)
    }

    @Test func `a trace that is not there is named`() throws {
        #expect(throws: Diagnostic.self) { try TraceReader(paths: ["/nowhere/trace.jsonl"]) }
    }

    @Test func `any bytes end in a line or a diagnostic`() throws {
        let folder = try TemporaryFolder()
        var seed: UInt64 = 88_172_645_463_325_252
        for _ in 0..<300 {
            var bytes = Array((one + TraceFixture.text(.verdict(TraceFixture.verdict()))).utf8)
            for _ in 0..<4 {
                seed ^= seed << 13
                seed ^= seed >> 7
                seed ^= seed << 17
                bytes[Int(seed % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: seed >> 32)
            }
            let path = folder.write(head + String(decoding: bytes, as: UTF8.self))
            _ = try? TraceFixture.read([path])
        }
    }
}
