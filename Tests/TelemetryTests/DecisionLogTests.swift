// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Synchronization
import Telemetry
import Testing

@Suite struct DecisionLogTests {
    private func temporaryPath() -> String {
        FileManager.default.temporaryDirectory
            .appending(path: "sluice-log-\(UInt64.random(in: 0 ... .max))").path
    }

    @Test func `writes lines and turns the file over at its limit`() throws {
        let path = temporaryPath()
        defer {
            try? FileManager.default.removeItem(atPath: path)
            try? FileManager.default.removeItem(atPath: path + ".1")
        }
        let log = DecisionLog(path: path, sizeLimit: 10)
        log.append(Array("{\"a\":1}".utf8))
        log.flush()
        log.append(Array("{\"b\":2}".utf8))
        log.flush()
        #expect(try String(contentsOfFile: path + ".1", encoding: .utf8) == "{\"a\":1}\n")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "{\"b\":2}\n")
        #expect(log.leftOut == 0)
    }

    @Test func `a line that a crash cut off is ended and counted, and spoils no other`() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("{\"a\":1}\n{\"b\":".utf8).write(to: URL(filePath: path))
        let log = DecisionLog(path: path, sizeLimit: 1 << 20)
        #expect(log.torn == 0)
        log.append(Array("{\"c\":3}".utf8))
        log.flush()
        log.append(Array("{\"d\":4}".utf8))
        log.flush()
        #expect(log.torn == 1)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text == "{\"a\":1}\n{\"b\":\n{\"c\":3}\n{\"d\":4}\n")
    }

    @Test func `a log that ended well has no line torn`() throws {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("{}\n".utf8).write(to: URL(filePath: path))
        let log = DecisionLog(path: path, sizeLimit: 1 << 20)
        log.append(Array("{}".utf8))
        log.flush()
        #expect(log.torn == 0)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "{}\n{}\n")
    }

    @Test func `counts what it could not write and says why`() {
        let log = DecisionLog(path: "/nonexistent/decisions.jsonl", sizeLimit: 10)
        log.append(Array("{}".utf8))
        log.flush()
        #expect(log.leftOut == 1)
        #expect(log.failure != nil)
    }

    private static let line = [UInt8](repeating: UInt8(ascii: "x"), count: 600)

    @Test func `a burst that is written out as it gathers loses no line`() {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let writer = Mutex<DecisionLog?>(nil)
        // A thread that is quick enough, as if it were this one.
        let log = DecisionLog(path: path, sizeLimit: 1 << 30) { writer.withLock { $0 }?.flush() }
        writer.withLock { $0 = log }
        for _ in 0..<40_000 { log.append(Self.line) }
        log.flush()
        #expect(log.leftOut == 0)
        #expect(FileManager.default.contents(atPath: path)?.count == 40_000 * 601)
    }

    @Test func `asks once to be written when much has gathered, and again after it was`() {
        let asked = Mutex(0)
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let log = DecisionLog(path: path, sizeLimit: 1 << 20, flushSize: 2_000) {
            asked.withLock { $0 += 1 }
        }
        for _ in 0..<3 { log.append(Self.line) }
        #expect(asked.withLock { $0 } == 0)
        for _ in 0..<10 { log.append(Self.line) }
        #expect(asked.withLock { $0 } == 1)
        log.flush()
        for _ in 0..<10 { log.append(Self.line) }
        #expect(asked.withLock { $0 } == 2)
    }

    @Test func `what finds no room is counted`() {
        let path = temporaryPath()
        defer { try? FileManager.default.removeItem(atPath: path) }
        let log = DecisionLog(path: path, sizeLimit: 1 << 30, bufferLimit: 6_010)
        for _ in 0..<12 { log.append(Self.line) }
        #expect(log.leftOut == 2)
        log.append([UInt8](repeating: 1, count: DecisionLog.lineLimit + 1))
        #expect(log.leftOut == 3)
    }
}
