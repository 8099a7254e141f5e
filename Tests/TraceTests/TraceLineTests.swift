// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Trace

@Suite struct TraceLineTests {
    @Test func `a decision is written as documented`() {
        let text = TraceFixture.text(.decision(TraceFixture.decision()))
        #expect(
            text == #"{"kind":"decision","id":"00000000000000070000000000000001","#
                + #""policy":"bearing-wear","version":"ab12cd34ef56","#
                + #""topic":"plant/4/machines/17/vibration","device":"4/17","#
                + #""time":"2023-11-14T22:13:20.123456789Z","arrived":"2023-11-14T22:13:20.13Z","#
                + #""sequence":12,"retained":true,"whole":true,"#
                + #""fields":{"vib":[0.1,-2.5e-09,3.0],"temp":61.2,"#
                + #""serial":"A\"7\\\n\u0001é","open":true,"part":null},"#
                + #""finding":{"model":"bearing-wear/1","digest":"5c0e12ab34cd","label":"worn","#
                + #""score":0.71,"confidence":0.66,"margin":0.5,"#
                + #""probabilities":[0.1,0.71,0.19],"labels":["healthy","worn","fault"],"#
                + #""latency_ms":0.417,"stage":2},"#
                + #""earlier":[{"model":"tiny/3","failed":"no window yet","latency_ms":0.0}],"#
                + #""cloud":{"up":true,"p50_ms":40.0,"p95_ms":84.123457,"samples":100,"#
                + #""in_flight":2,"breaker":"closed","budget_left":0.75},"#
                + #""deadline":{"total_ms":250.0,"left_ms":203.0},"#
                + #""queue":{"depth":3,"bytes":4096,"fill":0.25,"oldest_ms":9000.0},"#
                + #""bound":{"estimate":0.0125,"lower":0.0,"upper":0.025,"samples":800,"broken":false},"#
                + #""rule":"hard case","route":"escalate","provisional":true,"#
                + #""fallback":"act_provisionally","priority":"high","actions":["bearing alert"],"#
                + #""audit":1.0,"latency_ms":1.25}"# + "\n"
        )
    }

    @Test func `what is written reads back the same`() throws {
        let folder = try TemporaryFolder()
        var value = TraceFixture.decision(2)
        value.finding?.finding.outcome = .value(-1.5e300)
        value.cloud = .absent
        value.deadline = nil
        value.isDeviceTime = false
        value.withheld = ["name"]
        var detected = TraceFixture.decision(3)
        detected.finding?.finding.outcome = .detections([
            .init(label: "crack", score: 0.5, box: [0, 0.25, 0.5, 1])
        ])
        let lines: [TraceLine] = [
            .header(TraceFixture.header), .decision(TraceFixture.decision()), .decision(value),
            .decision(detected), .verdict(TraceFixture.verdict()),
            .verdict(TraceVerdict(id: DecisionID(high: 1, low: 2), label: "", source: .operator)),
        ]
        let text = lines.map(TraceFixture.text).joined()
        let read = try TraceFixture.read([folder.write(text)])
        #expect(read.lines.map(TraceFixture.text).joined() == text)
        #expect(read.tally.decisions == 3)
        #expect(read.tally.verdicts == 2)
    }

    @Test func `what a device can say at the most reads back, too`() throws {
        let folder = try TemporaryFolder()
        var lines: [TraceLine] = [.header(TraceFixture.header)]
        for (time, number) in [(Int64.min, Int64.min), (.max, .max)] {
            var decision = TraceFixture.decision()
            decision.time = WallTime(nanoseconds: time)
            decision.sequence = number
            decision.latency = Interval(nanoseconds: time)
            decision.finding?.finding.outcome = .classification(
                .init(
                    label: "\u{0}\u{2028}",
                    score: 1e300,
                    confidence: nil,
                    probabilities: [.nan, 1]
                )
            )
            decision.fields = [.init(name: "\n", value: .samples([.nan, -.infinity, 1e308]))]
            lines.append(.decision(decision))
        }
        let text = lines.map(TraceFixture.text).joined()
        let read = try TraceFixture.read([folder.write(text)])
        #expect(read.tally.decisions == 2)
        #expect(read.lines.map(TraceFixture.text).joined() == text)
    }

    @Test(
        arguments: [
            ("1700-01-01T00:00:00Z", -8_520_336_000_000_000_000),
            ("1677-09-21T00:12:43.145224192Z", .min), ("2262-04-11T23:47:16.854775807Z", .max),
            ("1969-12-31T23:59:59.999999999Z", -1), ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59.000000001Z", 951_868_799_000_000_001),
            ("2023-11-14T22:13:20.5Z", 1_700_000_000_500_000_000),
        ] as [(String, Int64)]
    )
    func `times read to the nanosecond`(text: String, nanoseconds: Int64) {
        #expect(WallTime(utc: text)?.nanoseconds == nanoseconds)
        #expect(WallTime(nanoseconds: nanoseconds).rfc3339 == text)
    }

    @Test(arguments: [
        "", "2023", "2023-13-14T22:13:20Z", "2023-11-14T22:13:20", "2023-11-14T22:13:20.Z",
        "9999-11-14T22:13:20Z", "2023-11-14T24:13:20Z", "2023-11-14 22:13:20Z",
        "0000-01-01T00:00:00Z", "1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z",
    ])
    func `other times are refused`(text: String) {
        #expect(WallTime(utc: text) == nil)
    }

    @Test(arguments: [
        "0", "-0.0", "1", "0.1", "123456789.25", "1e22", "1.7976931348623157e+308", "5e-324",
        "0.30000000000000004", "9007199254740993", "12345678901234567890123", "-2.5e-09",
        "0.000000000000000000000000001",
    ])
    func `numbers read as the language reads them`(text: String) throws {
        let bytes = Array(text.utf8)
        var scanner = TraceScanner(bytes, 0..<bytes.count)
        #expect(try scanner.number().bitPattern == Double(text)?.bitPattern)
    }
}
