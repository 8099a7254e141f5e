// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

/// Windows against lists that are sorted and summed up anew each time.
@Suite struct WindowPropertyTests {
    private static let features = [
        "mean(x)", "std(x)", "min(x)", "max(x)", "rms(x)", "skew(x)", "kurtosis(x)",
        "zero_crossings(x)", "first(x)", "last(x)", "slope(x)", "count(x)",
    ]

    private func statistics(_ readings: [(time: Int, value: Double)]) -> [Double] {
        let plain = PlainStatistics(series: readings.map(\.value))
        let times = readings.map { Double($0.time) / 1_000 }
        return [
            plain.mean, plain.std, plain.series.min() ?? 0, plain.series.max() ?? 0, plain.rms,
            plain.skew, plain.kurtosis, plain.crossings, plain.series.first ?? 0,
            plain.series.last ?? 0, plain.slope(times), Double(plain.series.count),
        ]
    }

    private func expectEqual(_ found: [Double], _ wanted: [Double], _ comment: String) {
        for (index, (found, wanted)) in zip(found, wanted).enumerated() {
            let isClose = abs(found - wanted) <= 1e-9 * max(1, abs(wanted))
            #expect(isClose || !wanted.isFinite, "\(comment) \(Self.features[index])")
        }
    }

    @Test(arguments: [(3, 1), (16, 4), (64, 64), (300, 7), (1_000, 1), (700, 100)])
    func `a count window is the last readings in the order of their time`(
        _ length: Int,
        _ hop: Int
    ) throws {
        var random = SeededNumbers(UInt64(length * 1_000 + hop))
        let spec = WindowSpec.of(.count(length), hop: hop, late: .milliseconds(50))
        var bench = try WindowBench(spec, Self.features, fields: fields("x"))
        var model: [(time: Int, value: Double)] = []
        var newest = 0
        var since = -1
        var complete = 0
        for _ in 0..<(3 * length + 200) {
            let isLate = Int.random(in: 0..<5, using: &random) == 0 && newest > 100
            let time =
                isLate
                ? newest - Int.random(in: 0...50, using: &random)
                : newest + Int.random(in: 0...20, using: &random)
            newest = max(newest, time)
            let value = Double.random(in: -1...1, using: &random)
            let place = model.lastIndex { $0.time <= time }.map { $0 + 1 } ?? 0
            let found = try bench.take([.number(value)], at: time)
            if model.count == length, place == 0 {
                #expect(found == nil)
                continue
            }
            model.insert((time, value), at: place)
            if model.count > length { model.removeFirst() }
            if since >= 0 { since += 1 }
            let isDue = model.count == length && (since < 0 || since == hop)
            #expect((found != nil) == isDue)
            guard let found else { continue }
            since = 0
            complete += 1
            expectEqual(found, statistics(model), "after \(complete)")
        }
        #expect(complete > 3)
    }

    @Test(arguments: [(1_000, 1_000), (1_000, 250), (5_000, 100)])
    func `a window of time is what came in that time`(_ length: Int, _ hop: Int) throws {
        var random = SeededNumbers(UInt64(length + hop))
        let spec = WindowSpec.of(
            .time(.milliseconds(Int64(length))),
            timeHop: .milliseconds(Int64(hop))
        )
        var bench = try WindowBench(spec, Self.features, fields: fields("x"))
        var model: [(time: Int, value: Double)] = []
        var due = -1
        var time = 5_000
        var complete = 0
        for _ in 0..<4_000 {
            time += Int.random(in: 0...20, using: &random)
            if Int.random(in: 0..<500, using: &random) == 0 { time += length + 1 }
            if let last = model.last, time - last.time > length {
                model.removeAll()
                due = -1
            }
            if due < 0 { due = time + length }
            let value = Double.random(in: -1...1, using: &random)
            model.append((time, value))
            model.removeAll { time - $0.time >= length }
            let found = try bench.take([.number(value)], at: time)
            #expect((found != nil) == (time >= due))
            guard let found else { continue }
            due += ((time - due) / hop + 1) * hop
            complete += 1
            expectEqual(found, statistics(model), "after \(complete)")
        }
        #expect(complete > 20)
        #expect(bench.counts.gaps > 0)
    }

    @Test func `sums do not drift over a million readings far from zero`() throws {
        var random = SeededNumbers(5)
        let spec = WindowSpec.of(.count(1_000), hop: 200)
        var bench = try WindowBench(
            spec,
            ["mean(x)", "std(x)", "kurtosis(x)"],
            fields: fields("x")
        )
        var last: [Double] = []
        for index in 0..<1_000_000 {
            // Far from zero, and now and then a number that would spoil a running sum for good.
            var value = 1e6 + Double.random(in: -1...1, using: &random)
            if index % 100_003 == 0 { value = 1e12 }
            last.append(value)
            if last.count == 3_000 { last.removeFirst(2_000) }
            var batch = readings([[.number(value)]])
            let found = try bench.take(&batch)
            guard let found, index % 10_000 == 9_999 else { continue }
            let plain = PlainStatistics(series: Array(last.suffix(1_000)))
            #expect(abs(found[0] - plain.mean) < 1e-9 * plain.mean)
            #expect(abs(found[1] - plain.std) < 1e-9 * plain.std)
            #expect(abs(found[2] - plain.kurtosis) < 1e-6 * plain.kurtosis)
        }
    }

    @Test func `a span of its own reaches back by its length, less a pane at most`() throws {
        var random = SeededNumbers(11)
        let spec = WindowSpec.of(.count(1), late: .seconds(1))
        let features = ["slope(x, 32s)", "mean(x, 32s)", "max(x, 32s)", "count(x, 32s)"]
        var bench = try WindowBench(spec, features, fields: fields("x"))
        var model: [(time: Int, value: Double)] = []
        var time = 1_000_000
        for _ in 0..<3_000 {
            time += Int.random(in: 0...100, using: &random)
            let value = Double(time) / 1_000 * 3 + Double.random(in: -5...5, using: &random)
            model.append((time, value))
            let found = try #require(try bench.take([.number(value)], at: time))
            model.removeAll { $0.time / 1_000 <= time / 1_000 - 32 }
            let plain = PlainStatistics(series: model.map(\.value))
            let slope = plain.slope(model.map { Double($0.time) / 1_000 })
            #expect(abs(found[0] - slope) < 1e-6 * max(1, abs(slope)))
            #expect(abs(found[1] - plain.mean) < 1e-9 * plain.mean)
            #expect(found[2] == plain.series.max())
            #expect(found[3] == Double(model.count))
        }
    }
}
