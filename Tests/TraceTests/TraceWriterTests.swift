// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing
import Vocabulary

@testable import Trace

@Suite struct TraceWriterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func writer(
        sizeLimit: Int = 1 << 20,
        memoryLimit: Int = 1 << 20
    ) -> TraceWriter<TraceLine> {
        TraceWriter(
            path: folder.file("trace.jsonl"),
            header: TraceFixture.header,
            sizeLimit: sizeLimit,
            memoryLimit: memoryLimit
        )
    }

    @Test func `the trace belongs to its owner alone`() {
        let writer = writer()
        writer.append(.decision(TraceFixture.decision()))
        writer.flush()
        var attributes = stat()
        stat(writer.path, &attributes)
        #expect(attributes.st_mode & 0o777 == 0o600)
        #expect(writer.tally.written == 1)
        #expect(writer.tally.leftOut == 0)
    }

    @Test func `it keeps to its size and gives up the oldest lines`() throws {
        let writer = writer(sizeLimit: 16_000)
        for number in 1...100 {
            writer.append(.decision(TraceFixture.decision(UInt64(number))))
            if number % 7 == 0 { writer.flush() }
        }
        writer.close()
        let read = try TraceFixture.read([writer.path])
        #expect(read.tally.files == 4)
        let order = read.lines.compactMap { line -> UInt64? in
            guard case .decision(let decision) = line else { return nil }
            return decision.id.low
        }
        #expect(order.last == 100)
        #expect(order == Array((101 - UInt64(order.count))...100))
        let size = ["", ".1", ".2", ".3"].map { suffix in
            var attributes = stat()
            stat(writer.path + suffix, &attributes)
            return Int(attributes.st_size)
        }
        #expect(size.allSatisfy { $0 > 0 && $0 <= 4_000 })
    }

    @Test func `what memory cannot hold is left out and counted`() {
        let writer = writer(memoryLimit: 3_000)
        for number in 1...10 { writer.append(.decision(TraceFixture.decision(UInt64(number)))) }
        writer.flush()
        #expect(writer.tally.written + writer.tally.leftOut == 10)
        #expect(writer.tally.leftOut > 0)
        writer.append(.verdict(TraceFixture.verdict()))
        writer.flush()
        #expect(writer.tally.written + writer.tally.leftOut == 11)
    }

    @Test func `a file that cannot be written costs its lines, counted, with the reason`() {
        let writer = TraceWriter<TraceLine>(
            path: folder.path + "/missing/trace.jsonl",
            header: TraceFixture.header,
            sizeLimit: 1 << 20
        )
        writer.append(.decision(TraceFixture.decision()))
        writer.flush()
        #expect(writer.tally.leftOut == 1)
        #expect(writer.tally.failure?.contains("No such file or directory") == true)
    }

    @Test func `another file is not written over`() {
        let path = folder.write("precious")
        let writer = writer()
        writer.append(.decision(TraceFixture.decision()))
        writer.flush()
        #expect(writer.tally.failure == "\(path) is there already and is no trace")
        #expect(folder.text() == "precious")
    }

    @Test func `a line that a crash cut off is taken back`() throws {
        let one = TraceFixture.text(.decision(TraceFixture.decision()))
        let path = folder.write(TraceFixture.headerText + "\n" + one + one.prefix(40))
        let writer = writer()
        writer.append(.verdict(TraceFixture.verdict()))
        writer.close()
        let read = try TraceFixture.read([path])
        #expect(read.tally.decisions == 1)
        #expect(read.tally.verdicts == 1)
        #expect(read.tally.truncated == 0)
    }

    @Test func `what may not leave is not in a released trace, byte for byte`() throws {
        let decision = TraceFixture.decision()
        let writer = TraceWriter<ReleasedLine>(
            path: folder.file("trace.jsonl"),
            header: TraceFixture.header,
            sizeLimit: 1 << 20
        )
        let allowance = ReleasedLine.Allowance(
            fields: ["vib", "temp", "serial", "open"],
            send: ["temp"]
        )
        writer.append(
            ReleasedLine(decision, allowance: allowance) { text in "#\(text.utf8.count)" }
        )
        writer.append(ReleasedLine(TraceFixture.verdict()))
        writer.close()
        let text = folder.text()
        #expect(text.contains(#""scope":"outbound""#))
        #expect(text.contains(##""topic":"#29","device":"#4""##))
        #expect(text.contains(#""fields":{"temp":61.2},"withheld":["vib","serial","open"]"#))
        for secret in ["plant/", "4/17", "sequence", #"A\"7"#, "-2.5e-09", "no window yet"] {
            #expect(!text.contains(secret), "\(secret)")
        }
    }
}
