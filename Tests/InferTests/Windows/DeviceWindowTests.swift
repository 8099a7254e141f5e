// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct DeviceWindowTests {
    @Test func `gives the numbers themselves, field after field or step after step`() throws {
        let spec = WindowSpec.of(.count(3), hop: 1)
        var bench = try WindowBench(
            spec,
            ["x", "interleave(x, y)", "lag(x, 2)"],
            fields: fields("x", "y")
        )
        var found: [[Double]?] = []
        for step in 1...4 {
            found.append(try bench.take([.number(Double(step)), .flag(step > 2)], at: step))
        }
        #expect(
            found == [nil, nil, [1, 2, 3, 1, 0, 2, 0, 3, 1, 1], [2, 3, 4, 2, 0, 3, 1, 4, 1, 2]]
        )
        #expect(bench.counts == .init(gathered: 2))
    }

    @Test func `a silence longer than the gap empties the window`() throws {
        let spec = WindowSpec.of(.count(3), hop: 1, gap: .milliseconds(100))
        var bench = try WindowBench(spec, ["sum(x)"], fields: fields("x"))
        let times = [0, 100, 200, 301, 310, 320, 330]
        let found = try times.map { try bench.take([.number(1)], at: $0) != nil }
        #expect(found == [false, false, true, false, false, true, true])
        #expect(bench.counts.gaps == 1)
    }

    @Test func `a reading that is too late is left out`() throws {
        let spec = WindowSpec.of(.count(3), hop: 1, late: .milliseconds(10))
        var bench = try WindowBench(spec, ["x"], fields: fields("x"))
        _ = try bench.take([.number(1)], at: 100)
        _ = try bench.take([.number(3)], at: 120)
        #expect(try bench.take([.number(9)], at: 109) == nil)
        #expect(try bench.take([.number(2)], at: 110) == [1, 2, 3])
        #expect(bench.counts.late == 1)
    }

    @Test func `a clock that is set back empties the window after sixteen late readings`() throws {
        var bench = try WindowBench(.of(.count(2), hop: 1), ["x"], fields: fields("x"))
        _ = try bench.take([.number(0)], at: 1_000_000)
        var found: [[Double]?] = []
        for step in 1...18 { found.append(try bench.take([.number(Double(step))], at: step)) }
        #expect(found == Array(repeating: nil, count: 16) + [[16, 17], [17, 18]])
        #expect(bench.counts.late == 15)
        #expect(bench.counts.clockJumps == 1)
    }

    @Test func `a band above half the rate that the times say fails the reading`() throws {
        var bench = try WindowBench(
            .of(.count(8)),
            ["band(x, 20Hz, 30Hz)"],
            fields: fields("x")
        )
        // 100 a second first, then 10.
        for step in 0..<7 { _ = try bench.take([.number(Double(step % 2))], at: step * 10) }
        #expect(try bench.take([.number(1)], at: 70) != nil)
        for step in 1...7 { _ = try bench.take([.number(Double(step % 2))], at: 70 + step * 100) }
        let failure = #expect(throws: FeatureFailure.self) {
            try bench.take([.number(1)], at: 870)
        }
        #expect(failure?.reason.contains("comes too seldom") == true)
    }

    @Test(arguments: [Int64.min, .min + 1, -1, 0, .max - 1, .max])
    func `the strangest times are taken`(_ time: Int64) throws {
        let join = WindowSpec.Join(on: ["x"], tolerance: .seconds(1), missing: .hold)
        for spec in [
            WindowSpec.of(.time(.seconds(1)), timeHop: .milliseconds(1), late: .seconds(1)),
            .of(.count(2), gap: .seconds(1), late: .seconds(3_600), join: join),
        ] {
            var bench = try WindowBench(
                spec,
                ["slope(x)", "max(x, 1ms)", "slope(y, 366h)"],
                fields: fields("x", "y")
            )
            for other in [0, time, time, Int64.max, time, Int64.min, time] {
                var batch = ReadingBatch(fieldCount: 2)
                let row = ReadingBatch.Row(
                    message: 0,
                    index: 0,
                    device: "a",
                    deviceTime: WallTime(nanoseconds: other),
                    sequence: nil
                )
                batch.append(row, values: [.number(1), .number(2)])
                _ = try? bench.take(&batch)
            }
            #expect(bench.group.table.count == 1)
        }
    }

    @Test func `a series goes on over messages`() throws {
        var bench = try WindowBench(
            .of(.samples(6), hop: 4),
            ["vib", "last(temp)", "slope(vib)"],
            fields: fields("vib", "temp"),
            rate: 2
        )
        func take(_ samples: [Double], _ temp: Double) throws -> [Double]? {
            try bench.take(
                [.samples(0..<samples.count), .number(temp)],
                samples: samples,
                at: 0
            )
        }
        #expect(try take([1, 2, 3], 10) == nil)
        #expect(try take([4, 5, 6, 7], 11) == [2, 3, 4, 5, 6, 7, 11, 2])
        #expect(try take([8, 9], 12) == nil)
        #expect(try take([10, 11], 13) == [6, 7, 8, 9, 10, 11, 13, 2])
        // More than a window holds: the end of it.
        #expect(try take((1...9).map { Double($0) * 2 }, 14) == [8, 10, 12, 14, 16, 18, 14, 4])
        #expect(throws: FeatureFailure(reason: "field `vib` is an empty series")) {
            try take([], 1)
        }
    }

    @Test(
        arguments: [
            (FieldValue.absent, "field `x` is missing"),
            (.text("a"), "field `x` is a text"),
            (.number(.nan), "field `x` is not a finite number"),
            (.samples(0..<1), "field `x` is a series, and the window is made of whole readings"),
        ] as [(FieldValue, String)]
    )
    func `a reading without its numbers fails and is in no window`(
        _ value: FieldValue,
        _ reason: String
    ) throws {
        var bench = try WindowBench(.of(.count(2), hop: 1), ["x"], fields: fields("x"))
        _ = try bench.take([.number(1)], at: 1)
        #expect(throws: FeatureFailure(reason: reason)) {
            try bench.take([value], samples: [1], at: 2)
        }
        #expect(try bench.take([.number(2)], at: 3) == [1, 2])
    }

    @Test func `a window of time holds so many readings and no more`() throws {
        let spec = WindowSpec.of(.time(.seconds(3_600)), timeHop: .seconds(3_600))
        var bench = try WindowBench(spec, ["count(x)"], fields: fields("x"))
        for step in 0..<WindowSpec.lengthLimit + 10 {
            _ = try bench.take([.number(1)], at: step)
        }
        #expect(bench.counts.crowded == 10)
    }

    @Test(
        arguments: [
            (
                WindowSpec.of(.time(.seconds(1))), "x",
                "a window of time has no fixed number of readings"
            ),
            (.of(.count(4)), "lag(x, 4)", "the series has 4 numbers"),
            (.of(.samples(4)), "slope(x)", "the sample rate is not known"),
            (.of(.count(4)), "x + diff(x)", "series of 4 and of 3 numbers do not fit together"),
        ] as [(WindowSpec, String, String)]
    )
    func `refuses what a window cannot give`(
        _ spec: WindowSpec,
        _ feature: String,
        _ message: String
    ) {
        let error = #expect(throws: FeatureError.self) {
            try WindowBench(spec, [feature], fields: fields("x"))
        }
        #expect(error?.message == message)
    }
}
