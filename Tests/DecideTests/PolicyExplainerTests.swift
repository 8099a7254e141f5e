// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@Suite struct `A policy explained` {
    private let base = [
        "confidence": "0.71", "threshold": "0.88", "cloud.up": "true", "label": "\"worn\"",
        "cloud.p95": "duration(\"84ms\")", "deadline.left": "duration(\"203ms\")",
        "temp": "50.0", "vib": "[0.1, 0.2, 0.3]", "retained": "false", "cloud.in_flight": "2",
        "stage": "1", "device": "\"4/17\"", "serial": "absent",
    ]

    private func explainer(
        _ condition: String,
        lets: String = "",
        _ values: [String: String] = [:]
    ) throws -> PolicyExplainer {
        var text = try changed("confidence >= threshold", to: "'\(condition)'")
        if !lets.isEmpty { text = "let: \(lets)\n" + text }
        let (set, diagnostics) = read(text)
        let policy = try #require(set?.policies.first, "\(diagnostics)")
        return PolicyExplainer(policy, observed: base.merging(values) { $1 })
    }

    private func report(
        _ condition: String,
        lets: String = "",
        _ values: [String: String] = [:]
    ) throws -> ConditionReport {
        try #require(try explainer(condition, lets: lets, values).rules(held: nil).first)
    }

    private func ways(_ report: ConditionReport) -> [String] {
        report.ways.map { way in way.map(\.words).joined(separator: " and ") }
    }

    private func shown(_ report: ConditionReport) -> [String] {
        report.lines.map { line in
            let filled = line.filled.map { " | \($0)" } ?? ""
            return String(repeating: "  ", count: line.depth) + line.text + filled
                + " = \(line.value)"
        }
    }

    // MARK: - What would turn it

    @Test(arguments: [
        ("confidence >= threshold", ["confidence 0.88 or more", "threshold 0.71 or less"]),
        ("confidence > 0.9", ["confidence above 0.9"]),
        ("confidence <= 0.5", ["confidence 0.5 or less"]),
        ("0.5 > confidence", ["confidence below 0.5"]),
        ("confidence < 0.9", ["confidence 0.9 or more"]),
        ("!(confidence < 0.9)", ["confidence 0.9 or more"]),
        ("cloud.in_flight > 2", ["cloud.in_flight above 2"]),
        ("cloud.in_flight >= 5", ["cloud.in_flight 5 or more"]),
        ("cloud.up", ["cloud.up false"]),
        ("!cloud.up", ["cloud.up false"]),
        ("retained", ["retained true"]),
        ("retained == true", ["retained true"]),
        (#"label == "fault""#, [#"label "fault""#]),
        (#"label != "worn""#, [#"label other than "worn""#]),
        (#"label in ["fault", "healthy"]"#, [#"label one of ["fault", "healthy"]"#]),
        (#"label in ["worn"]"#, [#"label none of ["worn"]"#]),
        (#"device.startsWith("5/")"#, [#"device.startsWith("5/") true"#]),
        ("cloud.p95 > deadline.left", ["cloud.p95 above 203ms", "deadline.left below 84ms"]),
    ])
    func `is turned by the value it needs`(condition: String, wanted: [String]) throws {
        #expect(ways(try report(condition)) == wanted)
    }

    @Test(arguments: [
        ("temp * 2.0 + 1.0 > 121.0", ["temp above 60"]),
        ("10.0 - temp > 0.0", ["temp below 10"]),
        ("temp / 2.0 > 30.0", ["temp above 60"]),
        ("temp * -1.0 >= 0.0", ["temp 0 or less"]),
        ("vib[0] > 1.0", ["vib[0] above 1"]),
    ])
    func `is solved through arithmetic`(condition: String, wanted: [String]) throws {
        #expect(ways(try report(condition)) == wanted)
    }

    @Test func `of a conjunction lists every part that fails, and none that holds`() throws {
        let report = try report("confidence >= 0.9 && cloud.up && temp > 60.0")
        #expect(report.standing == .notHeld)
        #expect(ways(report) == ["confidence 0.9 or more and temp above 60"])
    }

    @Test func `of a conjunction that holds takes one part, the smallest change first`() throws {
        let report = try report("confidence >= 0.7 && cloud.up && temp > 10.0")
        #expect(report.standing == .held)
        #expect(ways(report) == ["confidence below 0.7", "temp 10 or less", "cloud.up false"])
    }

    @Test func `of a disjunction takes one part, or all of what holds`() throws {
        #expect(
            ways(try report("confidence >= 0.9 || temp > 100.0"))
                == ["confidence 0.9 or more", "temp above 100"]
        )
        #expect(
            ways(try report("confidence >= 0.7 || temp > 10.0"))
                == ["confidence below 0.7 and temp 10 or less"]
        )
    }

    @Test func `gives no way that does not work when it is tried`() throws {
        // One change would undo the other.
        #expect(ways(try report("temp > 60.0 && temp < 40.0")).isEmpty)
        #expect(ways(try report("temp != temp")).isEmpty)
    }

    @Test func `gives no way to a threshold that nothing reaches`() throws {
        let report = try report(
            "confidence >= threshold",
            ["threshold": #"double("Infinity")"#]
        )
        #expect(ways(report) == ["threshold 0.71 or less"])
    }

    @Test func `says what has no value`() throws {
        let report = try report(#"serial == "S1""#)
        #expect(report.standing == .failed("`serial` has no value"))
        #expect(ways(report) == ["a value for serial"])
    }

    @Test func `sees through named expressions`() throws {
        let report = try report(
            "warm && confidence < 0.9",
            lets: #"{ limit: "temp + 5.0", warm: "limit > 70.0" }"#
        )
        #expect(ways(report) == ["temp above 65"])
        #expect(
            shown(report) == [
                "warm && confidence < 0.9 = false",
                "  warm = false",
                "    warm = limit > 70.0 | 55 > 70.0 = false",
                "      limit = 55",
                "        limit = temp + 5.0 | 50 + 5.0 = 55",
                "  confidence < 0.9 = not evaluated",
            ]
        )
    }

    // MARK: - What its parts gave

    @Test func `shows every part with its value`() throws {
        #expect(
            shown(try report("cloud.up && cloud.p95 < deadline.left")) == [
                "cloud.up && cloud.p95 < deadline.left = true",
                "  cloud.up = true",
                "  cloud.p95 < deadline.left | 84ms < 203ms = true",
            ]
        )
        #expect(
            shown(try report("vib.exists(v, v > 0.25) || retained")) == [
                "vib.exists(v, v > 0.25) || retained = true",
                "  vib.exists(v, v > 0.25) = true",
                "    vib = [0.1, 0.2, 0.3]",
                "    v > 0.25 | 0.3 > 0.25 = true (for v = 0.3)",
                "  retained = not evaluated",
            ]
        )
    }

    @Test func `tells what was not kept from what has no value`() throws {
        let explainer = try explainer("temp > 1.0", ["temp": "a list of 400"])
        let report = try #require(explainer.rules(held: nil).first)
        #expect(report.standing == .failed("`temp` was not kept"))
        #expect(explainer.unknown == ["temp"])
    }

    @Test func `stops at the rule after the one that held`() throws {
        let explainer = try explainer("confidence >= 0.5")
        #expect(explainer.rules(held: 0).map(\.name) == ["sure", "ask"])
        #expect(explainer.rules(held: 1).count == 2)
        #expect(explainer.rules(held: nil).count == 2)
    }

    @Test(arguments: [
        (0.1 + 0.2, "0.3"), (0, "0"), (1_234_567, "1.23457e+06"), (0.000012345678, "1.23457e-05"),
        (-2.5, "-2.5"), (.infinity, "∞"), (100, "100"),
    ])
    func `writes numbers with six digits`(number: Double, text: String) {
        let shown = ConditionReport.text(of: number)
        #expect(Double(shown) == Double(text) || shown == text)
    }
}
