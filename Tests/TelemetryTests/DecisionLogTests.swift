// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
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

    @Test func `counts what it could not write and says why`() {
        let log = DecisionLog(path: "/nonexistent/decisions.jsonl", sizeLimit: 10)
        log.append(Array("{}".utf8))
        log.flush()
        #expect(log.leftOut == 1)
        #expect(log.failure != nil)
    }
}
