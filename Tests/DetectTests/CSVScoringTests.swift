// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Detect

@Suite struct CSVScoringTests {
    private struct Outcome {
        var lines: [String]
        var faults: [CSVScoring.Fault] = []
        var thrown: CSVScoring.Fault?
        var text: String
    }

    private func scored(
        _ text: String,
        _ name: DetectorSettings.Name = .robustZ,
        columns: CSVScoring.Columns = .init(),
        piece: Int = .max
    ) -> Outcome {
        final class Box { var faults: [CSVScoring.Fault] = [] }
        let box = Box()
        var scoring = CSVScoring(DetectorSettings(name), columns: columns) { box.faults.append($0) }
        var output: [UInt8] = []
        var thrown: CSVScoring.Fault?
        do throws(CSVScoring.Fault) {
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                try scoring.feed(rest.prefix(piece), into: &output)
                rest = rest.dropFirst(piece)
            }
            try scoring.finish(into: &output)
        } catch {
            thrown = error
        }
        let made = String(decoding: output, as: UTF8.self)
        let lines = output.split(separator: UInt8(ascii: "\n")).map {
            String(decoding: $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0, as: UTF8.self)
        }
        return Outcome(lines: lines, faults: box.faults, thrown: thrown, text: made)
    }

    @Test func `adds one column and leaves the others as they are`() {
        let outcome = scored("timestamp,value,note\n2014-04-10 07:15:00,1.50,\"a, b\"\n")
        #expect(
            outcome.text == """
                timestamp,value,note,anomaly_score
                2014-04-10 07:15:00,1.50,"a, b",0.0

                """
        )
        #expect(outcome.thrown == nil)
    }

    @Test func `gives one row for each row, however it comes in pieces`() {
        var text = "timestamp,value\r\n"
        for index in 0..<500 { text += "\(index * 60),\(index % 7)\r\n" }
        text += "30001,900"
        let whole = scored(text)
        #expect(whole.lines.count == 502)
        #expect(whole.faults.isEmpty)
        for piece in [1, 3, 64] { #expect(scored(text, piece: piece).text == whole.text) }
        #expect(whole.lines.last?.hasPrefix("30001,900,0.99") == true)
        #expect(whole.text.hasPrefix("timestamp,value,anomaly_score\r\n0,0,0.0\r\n"))
    }

    @Test func `a row that cannot be read comes out without a score and is reported`() {
        let text = """
            timestamp,value
            2014-04-10 07:15:00,1
            2014-04-10 07:15:00,one
            yesterday,2
            2014-04-10 07:15:00
            2014-04-10 07:15:00,

            2014-04-10 07:15:00,NaN
            ,3
            """
        let outcome = scored(text)
        #expect(
            outcome.lines.dropFirst().map { $0.hasSuffix(",") } == [
                false, true, true, true, false, false, false,
            ]
        )
        #expect(
            outcome.faults == [
                .init(line: 3, message: "`one` is no number"),
                .init(line: 4, message: "`yesterday` is no time"),
                .init(line: 5, message: "the row has 1 columns; the header names 2"),
            ]
        )
    }

    @Test func `finds its columns`() {
        #expect(scored("t,load\n5,1\n").lines.last == "5,1,0.0")
        #expect(scored("\u{FEFF}\"timestamp\",\"a b\"\n5,1\n").thrown == nil)
        #expect(
            scored("timestamp,value\n5,1\n", columns: .init(values: ["speed"])).thrown
                == .init(
                    line: 1,
                    message: "there is no column `speed`; there are `timestamp`, `value`"
                )
        )
        #expect(scored("timestamp\n5\n").thrown?.message.contains("--column") == true)
        #expect(scored("value,anomaly_score\n5,1\n").thrown?.message.contains("already") == true)
        #expect(scored("").thrown?.message.contains("empty") == true)
        let several = CSVScoring.Columns(values: ["a", "b"], time: "when")
        let outcome = scored("when,a,b\n1,2,3\n2,x,3\n", .halfSpaceTrees, columns: several)
        #expect(outcome.lines == ["when,a,b,anomaly_score", "1,2,3,0.0", "2,x,3,"])
    }

    @Test func `finds its columns whatever their case and the blanks around them`() {
        let outcome = scored(" Timestamp , Note, VALUE \n5,x,1\n6,y,none\n")
        #expect(outcome.thrown == nil && outcome.faults.isEmpty)
        #expect(outcome.lines.last == "6,y,none,0.0")
        #expect(scored("note,time\nx,5\n", columns: .init(time: "Time")).faults.count == 1)
        // Two that are alike are no answer to a name that is neither.
        let twice = scored("speed,SPEED,t\n1,2,3\n", columns: .init(values: ["Speed"]))
        #expect(twice.thrown?.message.hasPrefix("there is no column `Speed`") == true)
        #expect(scored("speed,SPEED\n1,x\n", columns: .init(values: ["speed"])).faults.isEmpty)
    }

    @Test(
        arguments: [
            ("2014-04-10 07:15:00,1.5\n2014-04-10 07:20:00,2\n", "`2014-04-10 07:15:00` is data"),
            ("1.5\n2\n", "`1.5` is data"), ("pump,7,1.5\npump,8,2\n", "`7` is data"),
            ("timestamp;value\n5;1\n", "separated by `;`"),
            ("timestamp\tvalue\n5\t1\n", "separated by tabs"),
            ("timestamp|value\n5|1\n", "separated by `|`"),
            ("timestamp,value\r5,1\r6,2\r", "carriage return alone"),
            ("\u{0}t\u{0}\n", "not text in UTF-8"),
        ] as [(String, String)]
    )
    func `a first line that can be no header is refused there`(_ text: String, _ why: String) {
        for piece in [3, 1_000] {
            let outcome = scored(text, piece: piece)
            #expect(outcome.thrown?.line == 1)
            #expect(outcome.thrown?.message.contains(why) == true, "\(outcome)")
            #expect(outcome.text == "" && outcome.faults.isEmpty)
        }
    }

    @Test func `lines that never end are refused for what they are`() {
        let rows = String(repeating: "5,1\r", count: CSVRecords.limit / 3)
        let outcome = scored("timestamp,value\r" + rows, piece: 4_096)
        #expect(outcome.thrown?.message.contains("carriage return alone") == true)
    }

    @Test func `a number may be a column's name where somebody says so`() {
        #expect(scored("t,2019\n1,5\n", columns: .init(values: ["2019"], time: "t")).thrown == nil)
    }

    @Test func `a quoted field may hold line ends and quotes`() {
        let outcome = scored("value,note\n1,\"two\nlines, \"\"said\"\"\"\n2,5\" pipe\nx,y\n")
        #expect(outcome.text.contains("\"two\nlines, \"\"said\"\"\",0.0\n2,5\" pipe,0.0\n"))
        #expect(outcome.faults.map(\.line) == [5])
    }

    @Test func `a record that does not end is refused`() {
        let text = "value\n1\n\"" + String(repeating: "x", count: CSVRecords.limit + 10)
        let outcome = scored(text, piece: 4_096)
        #expect(outcome.thrown?.line == 3)
        #expect(outcome.lines == ["value,anomaly_score", "1,0.0"])
    }

    @Test func `any bytes come out the same however they come in pieces`() {
        var dice = Dice(seed: 12)
        let letters = Array(",,,\n\n\r\"\"1234567890.-eE :TZnax\t\u{FEFF}".utf8) + [0, 0xFF]
        for _ in 0..<400 {
            var bytes = Array("timestamp,value\n".utf8)
            if dice.bits() % 4 == 0 { bytes = [] }
            for _ in 0..<Int(dice.bits() % 200) {
                bytes.append(letters[Int(dice.bits() % UInt64(letters.count))])
            }
            var outputs: [[UInt8]] = []
            for piece in [1, 5, 1_000] {
                var faults = 0
                var scoring = CSVScoring(.robustZ(.init())) { _ in faults += 1 }
                var output: [UInt8] = []
                var rest = bytes[...]
                do throws(CSVScoring.Fault) {
                    while !rest.isEmpty {
                        try scoring.feed(rest.prefix(piece), into: &output)
                        rest = rest.dropFirst(piece)
                    }
                    try scoring.finish(into: &output)
                    #expect(faults == scoring.badRows)
                } catch {
                    #expect(error.line > 0)
                }
                outputs.append(output)
            }
            #expect(Set(outputs).count == 1)
        }
    }

    @Test(
        arguments: [
            ("2014-04-10 07:15:00", 1_397_114_100_000_000_000),
            ("2014-04-10T07:15:00Z", 1_397_114_100_000_000_000),
            ("2014-04-10T09:15:00.5+02:00", 1_397_114_100_500_000_000),
            ("2014-04-10 07:15:00.000001", 1_397_114_100_000_001_000),
            ("2014-04-10 07:15", 1_397_114_100_000_000_000),
            ("2014-04-10 02:45 -0430", 1_397_114_100_000_000_000),
            ("2014-04-10", 1_397_088_000_000_000_000), ("1969-12-31 23:59:59", -1_000_000_000),
            ("2000-02-29 00:00:00", 951_782_400_000_000_000),
            ("1397114100", 1_397_114_100_000_000_000),
            ("1397114100.25", 1_397_114_100_250_000_000),
            ("1397114100000", 1_397_114_100_000_000_000),
            ("1397114100000000", 1_397_114_100_000_000_000),
            ("1397114100000000000", 1_397_114_100_000_000_000), ("-3", -3_000_000_000),
            (" 12 ", 12_000_000_000),
        ] as [(String, Int64)]
    )
    func `reads a time`(_ text: String, _ nanoseconds: Int64) {
        #expect(TableTime.parsed(Array(text.utf8)[...])?.nanoseconds == nanoseconds)
    }

    @Test(
        arguments: [
            "", "x", "2014-13-01", "2014-04-10 7:15", "2014-04-10 07:15:00 PM", "2014-04-10T07:61",
            "10/04/2014", "2014-04-10 07:15:00.", "1e400", "0x10", "2014-04-10 25:00:00",
            "99999999999999999999999", "9999-12-31", "0000-01-01", "2262-04-12", "1677-01-01",
        ]
    )
    func `does not read what is no time`(_ text: String) {
        #expect(TableTime.parsed(Array(text.utf8)[...]) == nil)
    }

    @Test func `reads decimal numbers and nothing else`() {
        func number(_ text: String) -> Double? { TableNumber.parsed(Array(text.utf8)[...]) }
        #expect(number("1.5") == 1.5)
        #expect(number(" -2e3\t") == -2_000)
        #expect(number("+7") == 7)
        for missing in ["", "  ", "NaN", "NA", "null", "None"] {
            #expect(number(missing)?.isNaN == true)
        }
        for none in ["1,5", "0x1p3", "inf", "Infinity", "one", "1 2", "--1", "+-1"] {
            #expect(number(none) == nil)
        }
    }
}
