// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Synchronization
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

    @Test func `reads files of the first version`() throws {
        // Two transitions: to an hour ahead at 1000, back at 2000.
        var bytes = Array("TZif".utf8) + Array(repeating: 0, count: 16)
        for count: UInt8 in [0, 0, 0, 2, 2, 4] {
            bytes += [0, 0, 0, count]
        }
        bytes += [0, 0, 3, 0xE8, 0, 0, 7, 0xD0, 1, 0]
        bytes += [0, 0, 0, 0, 0, 0] + [0, 0, 0x0E, 0x10, 1, 0] + Array("UTC\0".utf8)
        let file = bytes
        let environment = Environment(variables: [], zones: ZoneDatabase { _ in file })
        for (second, hour) in [(999, 0), (1_000, 1), (1_999, 1), (2_000, 0)] {
            let source = "timestamp(\(second)).getHours('A/B') == \(hour)"
            let program = try #require(environment.compile(source).program)
            #expect(try program.holds(environment.makeFrame()), "\(source)")
        }
    }

    @Test func `asks its source once for a name it does not have`() throws {
        let asked = Mutex(0)
        let zones = ZoneDatabase { _ in
            asked.withLock { $0 += 1 }
            return nil
        }
        let environment = Environment(variables: [], zones: zones)
        let program = try #require(environment.compile("timestamp(0).getHours('A') == 0").program)
        for _ in 0..<5 {
            #expect(throws: EvaluationError.self) { try program.holds(environment.makeFrame()) }
        }
        #expect(asked.withLock { $0 } == 1)
    }

    @Test(arguments: ["../../../etc/passwd", "/etc/passwd", "Europe/..", ".", "", "Europe"])
    func `opens nothing outside its folder`(name: String) throws {
        let environment = Environment(
            variables: [("zone", .string)],
            zones: .system
        )
        let source = "timestamp(0).getHours(zone) == 0"
        let program = try #require(environment.compile(source).program)
        let frame = environment.makeFrame()
        frame.set(0, .string(name))
        if name.isEmpty {
            #expect(try program.holds(frame))
        } else {
            #expect(throws: EvaluationError.self) { try program.holds(frame) }
        }
    }
}
