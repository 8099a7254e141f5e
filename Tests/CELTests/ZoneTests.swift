// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Testing

@Suite struct ZoneTests {
    private func hour(_ instant: String, _ zone: String) throws -> Value {
        try evaluated("timestamp('\(instant)').getHours('\(zone)')")
    }

    @Test func `knows UTC and fixed offsets without a database`() throws {
        let environment = Environment(variables: [])
        let source = "timestamp('2026-07-01T12:00:00Z').getMinutes('-02:30') == 30"
        let program = try #require(environment.compile(source).program)
        #expect(try program.holds(environment.makeFrame()))
        let named = "timestamp('2026-07-01T12:00:00Z').getHours('Europe/Berlin') == 14"
        let unknown = try #require(environment.compile(named).program)
        #expect(throws: EvaluationError.self) { try unknown.holds(environment.makeFrame()) }
    }

    @Test func `follows summer time in both halves of the year`() throws {
        #expect(try hour("2026-01-15T12:00:00Z", "Europe/Berlin") == 13)
        #expect(try hour("2026-07-15T12:00:00Z", "Europe/Berlin") == 14)
        #expect(try hour("2026-01-15T12:00:00Z", "Australia/Sydney") == 23)
        #expect(try hour("2026-07-15T12:00:00Z", "Australia/Sydney") == 22)
    }

    @Test func `follows the rule beyond the last transition of the file`() throws {
        #expect(try hour("2150-07-15T12:00:00Z", "America/New_York") == 8)
        #expect(try hour("2150-01-15T12:00:00Z", "America/New_York") == 7)
        #expect(try hour("2026-03-29T00:59:59Z", "Europe/Berlin") == 1)
        #expect(try hour("2026-03-29T01:00:00Z", "Europe/Berlin") == 3)
    }

    @Test func `survives any file`() throws {
        let garbage: [[UInt8]] = [
            [], Array("TZif".utf8), Array("TZif2".utf8) + Array(repeating: 0, count: 39),
            Array("TZif2".utf8) + Array(repeating: 255, count: 200),
        ]
        for bytes in garbage {
            let environment = Environment(variables: [], zones: ZoneDatabase { _ in bytes })
            let source = "timestamp(0).getHours('A/B') == 0"
            let program = try #require(environment.compile(source).program)
            #expect(throws: EvaluationError.self) { try program.holds(environment.makeFrame()) }
        }
    }
}
