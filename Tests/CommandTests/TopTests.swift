// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing

@testable import sluice

@Suite struct `The screen of top` {
    private let plain = Ink(isColoured: false)

    @Test func `is emptied before the shell's page comes back`() throws {
        let emptied = try #require(FullScreen.farewell.firstRange(of: "\u{1B}[H\u{1B}[J"))
        let back = try #require(FullScreen.farewell.firstRange(of: "\u{1B}[?1049l"))
        #expect(emptied.upperBound <= back.lowerBound)
        // The cursor and the wrapping belong to the terminal, not to a page.
        #expect(FullScreen.farewell.contains("\u{1B}[?25h"))
        #expect(FullScreen.farewell.contains("\u{1B}[?7h"))
    }

    private func status(
        uptime: Double = 100,
        messages: Int = 1_000,
        act: Int = 800,
        escalate: Int = 200,
        waiting: Int = 10,
        policies: Int = 2,
        site: String = "plant-4"
    ) throws -> GatewayStatus {
        let list = (0..<policies).map { number in
            #"{"name":"policy-\#(number)","version":"0123456789ab","model":"m/1","deferred":false}"#
        }.joined(separator: ",")
        return try GatewayStatus.decoded(
            Array(
                #"""
                {"site":"\#(site)","presence":"online","warnings":["actions cannot be published now"],
                "state":{"state":"slow_uplink","since":"2026-11-21T14:00:00Z","seconds":75,
                 "causes":["central answers slowly"],"costs":["10 rows wait"],"remedy":"wait",
                 "also":[]},
                "uptime_seconds":\#(uptime),"after_unclean_exit":false,"uplink":"slow",
                "publishing":true,
                "lanes":[{"name":"presses","connected":true,"connections":1,"subscriptions":{},
                 "messages":[0,\#(messages),0],"promise":"","duplicates":0,"refused":0,
                 "session_gaps":0,"seconds_paused":0}],
                "cloud":{"central":{"uplink":"slow","breaker":"half_open","models":{
                 "press":{"uplink":"slow","breaker":"half_open","p50_ms":12.34,"p95_ms":98.76,
                  "samples":40,"in_flight":2,"calls":\#(escalate),"failed_calls":0}},
                 "budget":[{"kind":"calls","window":"day","limit":100,"used":95,"left":0.05}]}},
                "spool":{"waiting":\#(waiting),"bytes":1048576,"fill":0.1234,"oldest_seconds":3725},
                "policies":[\#(list)],"policy_set":"feed",
                "counters":{"sluice_decide_decisions_total{route=\"act\"}":\#(act),
                 "sluice_decide_decisions_total{route=\"escalate\"}":\#(escalate)},
                "latencies_ms":{"sluice_decide_latency_seconds":{"p50":0.5,"p99":2.25}}}
                """#.utf8
            )
        )
    }

    @Test func `shows rates between two readings, with their units`() throws {
        let before = try status()
        let now = try status(uptime: 102, messages: 3_000, act: 2_300, escalate: 700, waiting: 4)
        let screen = TopScreen(now, since: before, note: "q ends")
        let lines = screen.lines(columns: 100, rows: 40, plain)
        try expectSnapshot("text-top", lines.joined(separator: "\n"))
        #expect(lines[1].contains("messages 1000/s   decisions 1000/s"))
        #expect(lines[2].contains("act 75.0 %  escalate 25.0 %"))
        #expect(lines[3].contains("drains by 3.0/s"))
    }

    @Test(arguments: [(80, 24), (40, 10), (132, 50), (80, 1), (1, 1), (200, 3)])
    func `fits any size`(columns: Int, rows: Int) throws {
        let screen = TopScreen(
            try status(uptime: 101, policies: 60),
            since: try status(policies: 60),
            note: "q ends"
        )
        let lines = screen.lines(columns: columns, rows: rows, plain)
        #expect(lines.count <= rows)
        #expect(lines.allSatisfy { $0.count <= columns })
    }

    @Test func `shows short tables whole before long ones`() throws {
        let screen = TopScreen(try status(policies: 60), since: nil, note: "")
        let lines = screen.lines(columns: 80, rows: 24, plain)
        #expect(lines.count == 24)
        #expect(lines.contains { $0.contains("presses") })
        #expect(lines.contains { $0.contains("central/press") })
        #expect(lines.last?.contains("more lines") == true)
    }

    @Test func `says nothing of rates before there are two readings, or after a restart`() throws {
        let status = try status()
        #expect(TopRates(status, since: nil).rate { _ in 1 } == nil)
        let later = try self.status(uptime: 3, messages: 5)
        #expect(TopRates(later, since: status).rate { _ in 1 } == nil)
        let lines = TopScreen(status, since: nil, note: "").lines(columns: 80, rows: 24, plain)
        #expect(lines[1].hasPrefix("messages -   decisions -"))
    }

    @Test func `says that nobody answers, instead of how it was`() throws {
        let lines = TopScreen(try status(), since: nil, note: "q ends", silence: 4.2)
            .lines(columns: 60, rows: 24, plain)
        #expect(lines[0].hasPrefix(" plant-4  no answer for 4s: is it running?  "))
        #expect(!lines[0].contains("slow_uplink"))
    }

    @Test func `keeps what matters on a narrow screen`() throws {
        let before = try status()
        let now = try status(uptime: 102, messages: 3_000, act: 2_300, escalate: 700)
        let lines = TopScreen(now, since: before, note: "q ends")
            .lines(columns: 40, rows: 40, plain)
        #expect(lines.contains("decided in p50 0.5 ms p99 2.25 ms"))
        #expect(lines.contains { $0.contains("defer 0.0 %  drop 0.0 %") })
        #expect(lines.contains { $0.hasPrefix("presses    connected   1000/s") })
        #expect(lines.contains { $0.hasPrefix("central/p…     slow half_open") })
    }

    @Test func `takes what moves the cursor out of names`() throws {
        let evil = try status(site: "\\u001b[2Jevil\\u0007")
        let lines = TopScreen(evil, since: nil, note: "").lines(columns: 80, rows: 24, plain)
        #expect(lines.allSatisfy { !$0.unicodeScalars.contains { $0.value < 0x20 } })
        #expect(lines[0].contains("evil"))
    }

    @Test func `is coloured only where that is wanted`() throws {
        let status = try status()
        let screen = TopScreen(status, since: nil, note: "")
        #expect(screen.lines(columns: 80, rows: 5, plain).allSatisfy { !$0.contains("\u{1B}") })
        let coloured = screen.lines(columns: 80, rows: 5, Ink(isColoured: true))
        #expect(coloured.allSatisfy { $0.contains("\u{1B}[") })
        #expect(Ink.isWanted(isTerminal: true, noColour: nil, terminal: "xterm"))
        #expect(Ink.isWanted(isTerminal: true, noColour: "", terminal: nil))
        #expect(!Ink.isWanted(isTerminal: true, noColour: "1", terminal: "xterm"))
        #expect(!Ink.isWanted(isTerminal: true, noColour: nil, terminal: "dumb"))
        #expect(!Ink.isWanted(isTerminal: false, noColour: nil, terminal: "xterm"))
    }
}

@Suite struct `A figure on a screen` {
    @Test(arguments: [
        (0.0, "0"), (0.04, "0"), (0.26, "0.3"), (99.4, "99.4"), (123.4, "123"), (9_999, "9999"),
        (12_345, "12.3k"), (3_000_000, "3.0M"), (7e9, "7.0G"), (1e300, "1000000000.0G"),
    ])
    func `is short`(value: Double, text: String) {
        #expect(Figure.short(value) == text)
    }

    @Test func `has its unit`() {
        #expect(Figure.rate(nil) == "-" && Figure.rate(3) == "3.0/s")
        #expect(Figure.milliseconds(nil) == "-" && Figure.milliseconds(.nan) == "-")
        #expect(Figure.milliseconds(0.126) == "0.13 ms" && Figure.milliseconds(25.04) == "25.0 ms")
        #expect(Figure.milliseconds(12_345) == "12.3 s")
        #expect(Figure.bytes(100) == "100 B" && Figure.bytes(20_480) == "20.0 KiB")
        #expect(Figure.bytes(30 << 20) == "30.0 MiB" && Figure.bytes(30 << 30) == "30.0 GiB")
        #expect(Figure.age(59) == "59s" && Figure.age(75) == "1m 15s")
        #expect(Figure.age(7_500) == "2h 5m" && Figure.age(200_000) == "2d 7h")
        #expect(Figure.age(.infinity) == "-" && Figure.age(-5) == "0s")
    }
}
