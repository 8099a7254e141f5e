// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import Testing

@testable import Telemetry

@Suite struct LineLogHandlerTests {
    private func event(_ level: Logger.Level) -> LogEvent {
        LogEvent(
            level: level,
            message: "spool cannot store",
            metadata: ["code": "disk_full", "path": "/a b"],
            source: "test",
            file: #file,
            function: #function,
            line: #line
        )
    }

    @Test func `a line has its time and its level, or what the journal makes of them`() {
        let timed = LineLogHandler(label: "sluice", level: .info, style: .timed)
        #expect(
            timed.line(for: event(.error))
                .hasSuffix(#"Z error sluice: spool cannot store code=disk_full path="/a b""#)
        )
        let journal = LineLogHandler(label: "sluice", level: .info, style: .journal)
        #expect(
            journal.line(for: event(.error))
                == #"<3>sluice: spool cannot store code=disk_full path="/a b""#
        )
    }

    @Test func `levels are those of syslog`() {
        let severities = Logger.Level.allCases.map { LineLogHandler.severity(of: $0) }
        #expect(severities == [7, 7, 6, 5, 4, 3, 2])
    }

    @Test func `a stream is the journal's only where it is the very file`() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var facts = stat()
        try #require(fstat(ends[1], &facts) == 0)
        let name = "\(facts.st_dev):\(facts.st_ino)"
        #expect(JournalStream.isJournal(descriptor: ends[1], named: name))
        #expect(!JournalStream.isJournal(descriptor: ends[1], named: name + "1"))
        #expect(!JournalStream.isJournal(descriptor: ends[1], named: nil))
        #expect(!JournalStream.isJournal(descriptor: -1, named: name))
    }

    @Test func `each line of a text for the journal has its level`() {
        let text = JournalStream.lines("a.yaml:1\n  1 | b", marked: .error)
        #expect(text == "<3>a.yaml:1\n<3>  1 | b")
        #expect(JournalStream.lines("one", marked: .warning) == "<4>one")
    }
}
