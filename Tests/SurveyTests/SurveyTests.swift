// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Survey

/// Plays messages into a survey, a tenth of a second after each other.
struct Ear {
    static let start = 1_800_000_000.0
    var survey: Survey
    var now = Ear.start

    init(limits: SurveyLimits = SurveyLimits()) {
        survey = Survey(now: Ear.start, limits: limits)
    }

    mutating func hear(_ topic: String, _ payload: [UInt8], qos: UInt8 = 1, retained: Bool = false)
    {
        now += 0.1
        payload.withUnsafeBytes { bytes in
            survey.take(topic: topic, payload: bytes, qos: qos, isRetained: retained, now: now)
        }
    }

    mutating func hear(_ topic: String, _ text: String, qos: UInt8 = 1, retained: Bool = false) {
        hear(topic, Array(text.utf8), qos: qos, retained: retained)
    }

    var report: SurveyReport { survey.report(now: now) }

    func field(_ path: String) -> SurveyReport.Field? {
        report.patterns.first?.fields.first { $0.path == path }
    }
}

@Suite struct `A survey` {
    @Test func `folds topics that differ in the device alone`() {
        var ear = Ear()
        for round in 0..<3 {
            for machine in ["m01", "m02", "m03"] {
                ear.hear("plant/a/machines/\(machine)/vibration", #"{"n":\#(round),"x":1.5}"#)
                ear.hear("plant/b/machines/\(machine)/vibration", #"{"n":\#(round),"x":2.5}"#)
            }
        }
        let report = ear.report
        #expect(report.messages == 18 && report.unlisted == 0)
        #expect(report.patterns.map(\.filter) == ["plant/+/machines/+/vibration"])
        let pattern = report.patterns[0]
        #expect(pattern.named == "plant/+level2/machines/+machine/vibration")
        #expect(pattern.device == "{level2}/{machine}")
        #expect(pattern.topics == 6 && pattern.qos == [0, 18, 0])
        #expect(abs(pattern.rate - 10) < 0.01)
        #expect(pattern.fields.map(\.path) == ["n", "x"])
        #expect(ear.field("x")?.minimum == 1.5)
        #expect(ear.field("x")?.maximum == 2.5)
        #expect(ear.field("n")?.part == .sequence)
    }

    @Test func `takes a payload that is one number as a field without a path`() {
        var ear = Ear()
        for number in ["20", "21", "20.5"] { ear.hear("home/attic", number) }
        let pattern = ear.report.patterns[0]
        #expect(pattern.format == .value && pattern.fields.count == 1)
        #expect(ear.field("")?.kinds == [.number] && ear.field("")?.part == nil)
        #expect(ear.field("")?.minimum == 20 && ear.field("")?.maximum == 21)
        #expect(pattern.sample == ["": 20.5])
    }

    @Test func `takes a whole number that rises for a count only when it has done so for long`() {
        var ear = Ear()
        for number in 20..<24 { ear.hear("home/attic", "\(number)") }
        #expect(ear.field("")?.part == nil)
        for number in 24..<40 { ear.hear("home/attic", "\(number)") }
        #expect(ear.field("")?.part == .sequence)
    }

    @Test func `keeps kinds apart where words stand for them`() {
        var ear = Ear()
        for room in ["r1", "r2", "r3"] {
            for kind in ["temperature", "humidity"] {
                ear.hear("home/\(room)/\(kind)", #"{"value":21.5}"#)
            }
        }
        #expect(
            Set(ear.report.patterns.map(\.filter)) == ["home/+/temperature", "home/+/humidity"]
        )
    }

    @Test func `keeps payloads of another make apart`() {
        var ear = Ear()
        ear.hear("plant/a/m1", #"{"x":1}"#)
        ear.hear("plant/b/m2", #"{"y":1}"#)
        ear.hear("plant/b/m3", [0xFF, 0xD8, 0xFF, 0xE0])
        ear.hear("plant/b/m4", "hello")
        ear.hear("plant/b/m5", [0, 1, 2, 200])
        ear.hear("plant/b/m6", "")
        ear.hear("plant/b/m7", "21.5")
        let formats = ear.report.patterns.map(\.format)
        #expect(Set(formats) == [.json, .image, .text, .binary, .empty, .value])
        #expect(ear.report.patterns.count == 7)
    }

    @Test func `tells a time by its unit, and how far the clock is off`() {
        for (unit, factor) in [("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9)] {
            var ear = Ear()
            for step in 0..<20 {
                // Three seconds behind.
                let time = Int64((Ear.start + Double(step) * 0.1 + 0.1 - 3) * factor)
                ear.hear("a/b", #"{"ts":\#(time),"v":\#(step % 3)}"#)
            }
            let field = ear.field("ts")
            #expect(field?.part == .time && field?.timeUnit == unit, "\(unit)")
            #expect(abs((field?.clockAhead?[1] ?? 0) + 3) < 1.1, "\(unit)")
        }
        var ear = Ear()
        ear.hear("a/b", #"{"at":"2027-01-15T08:00:01.5+00:00","v":1}"#)
        ear.hear("a/b", #"{"at":"2027-01-15T09:00:01.6+01:00","v":1}"#)
        #expect(ear.field("at")?.timeUnit == "rfc3339")
        #expect(abs((ear.field("at")?.clockAhead?[0] ?? 0) - 1.4) < 0.001)
    }

    @Test func `does not take what is retained for news`() {
        var ear = Ear()
        ear.hear("a/b", #"{"ts":1700000000,"v":1}"#, retained: true)
        let pattern = ear.report.patterns[0]
        #expect(pattern.retained == 1 && pattern.rate == 0)
        #expect(ear.field("ts")?.part == nil)
    }

    @Test func `names a device by a field where the topic does not`() {
        var ear = Ear()
        for step in 0..<4 {
            ear.hear("all", #"{"device":"d\#(step % 2)","id":"x","v":1.5}"#)
        }
        #expect(ear.report.patterns[0].device == "{payload.device}")
        #expect(ear.field("device")?.examples == ["d0", "d1"])
        #expect(ear.field("id")?.part == nil)
    }

    @Test func `looks into objects, arrays and series`() {
        var ear = Ear()
        ear.hear("a", #"{"vib":{"samples":[1,2.5,-3]},"on":true,"none":null,"l":["x"],"e":{}}"#)
        #expect(ear.field("vib.samples")?.kinds == [.samples])
        #expect(ear.field("vib.samples")?.length == 3)
        #expect(ear.field("vib.samples")?.minimum == -3)
        #expect(ear.field("on")?.kinds == [.flag])
        #expect(ear.field("none")?.kinds == [.null])
        #expect(ear.field("l")?.kinds == [.list])
        var other = Ear()
        other.hear("a", #"[{"x":1}]"#)
        #expect(other.field("[].x")?.kinds == [.number])
    }

    @Test func `keeps little, whatever there is to hear (G7)`() {
        var limits = SurveyLimits()
        limits.topics = 50
        limits.fields = 10
        limits.allFields = 100
        var ear = Ear(limits: limits)
        for step in 0..<500 {
            let members = (0..<40).map { #""f\#(step)_\#($0)":\#($0)"# }.joined(separator: ",")
            ear.hear("t/\(step)/\(step * 7)", "{\(members)}")
        }
        ear.hear(String(repeating: "x", count: 600), "{}")
        ear.hear("t/0/0", String(repeating: "[", count: 10_000))
        ear.hear("t/0/0", #"{"a":{"b":{"c":{"d":{"e":{"f":1}}}}}}"#)
        let report = ear.report
        #expect(report.messages == 503)
        #expect(report.unlisted == 451)
        #expect(report.patterns.reduce(0) { $0 + $1.topics } == 50)
        #expect(report.patterns.reduce(0) { $0 + $1.fields.count } <= 100)
    }
}

@Suite struct `A time as text` {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0.0), ("2000-02-29T12:00:00.25Z", 951_825_600.25),
        ("1994-11-06T08:49:37+01:00", 784_108_177), ("2024-12-31 23:59:59-00:30", 1_735_691_399),
    ])
    func `is read`(text: String, seconds: Double) {
        #expect(TimeGuess.seconds(ofRFC3339: text) == seconds)
    }

    @Test(arguments: [
        "", "2024", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00", "2024-01-01T00:00:00+1",
        "2024-01-01T00:00:00.Q", "hello, this is no time", "2024/01/01T00:00:00Z",
    ])
    func `is refused`(text: String) {
        #expect(TimeGuess.seconds(ofRFC3339: text) == nil)
    }
}
