// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct WindowTableTests {
    @Test func `forgets the device not heard of for longest`() throws {
        var bench = try WindowBench(.of(.count(2), devices: 2), ["x"], fields: fields("x"))
        for device in ["a", "b", "a", "c", "a"] {
            _ = try bench.take([.number(1)], at: 1, device: device)
        }
        #expect(bench.counts.evictions == 1)
        #expect(bench.group.table.count == 2)
        // `b` begins anew, and `a` was the third of a window of two.
        #expect(try bench.take([.number(1)], at: 2, device: "b") == nil)
        #expect(bench.counts.evictions == 2)
    }

    @Test func `stays within its bytes however many devices there are`() throws {
        let limit = 1 << 20
        var bench = try WindowBench(
            .of(.count(64), hop: 16, devices: 10_000_000, bytes: limit),
            ["mean(x)", "slope(x, 10m)"],
            fields: fields("x")
        )
        var random = SeededNumbers(3)
        for step in 0..<20_000 {
            let device = "device \(Int.random(in: 0..<10_000, using: &random))"
            _ = try bench.take([.number(1)], at: step, device: device)
            #expect(bench.group.table.bytes <= limit)
        }
        #expect(bench.group.table.count > 100)
        #expect(bench.counts.evictions > 5_000)
    }

    @Test func `keeps at least the device that speaks`() throws {
        var bench = try WindowBench(
            .of(.count(1_000), hop: 1, bytes: 1),
            ["mean(x)"],
            fields: fields("x")
        )
        for step in 0..<1_000 { _ = try bench.take([.number(1)], at: step) }
        #expect(try bench.take([.number(1_001)], at: 1_000) == [2])
    }

    @Test func `goes on after a restart as if there had been none`() throws {
        let join = WindowSpec.Join(on: ["x"], tolerance: .seconds(1), missing: .skip)
        for spec in [
            WindowSpec.of(.count(5), hop: 2, late: .milliseconds(20), join: join),
            .of(.time(.milliseconds(70)), timeHop: .milliseconds(20), gap: .milliseconds(60)),
        ] {
            var random = SeededNumbers(17)
            let features = ["sum(x)", "slope(x)", "std(x, 1s)", "slope(y, 1s)", "last(y)"]
            var first = try WindowBench(spec, features, fields: fields("x", "y"))
            var time = 0
            for step in 0..<500 {
                time += Int.random(in: -5...20, using: &random)
                let device = "d\(Int.random(in: 0..<3, using: &random))"
                let values: [FieldValue] = [.number(Double(step)), .number(Double(time))]
                if step % 50 == 49 {
                    var writer = StateWriter()
                    first.group.save(into: &writer)
                    let second = try WindowBench(spec, features, fields: fields("x", "y"))
                    var reader = StateReader(writer.bytes)
                    try second.group.restore(from: &reader)
                    #expect(reader.remaining == 0)
                    var other = second
                    let found = try? other.take(values, at: time, device: device)
                    #expect(found == (try? first.take(values, at: time, device: device)))
                    first = other
                } else {
                    _ = try? first.take(values, at: time, device: device)
                }
            }
        }
    }

    @Test func `takes up no damaged state`() throws {
        var bench = try WindowBench(.of(.count(5), late: .seconds(1)), ["x"], fields: fields("x"))
        for step in 0..<4 { _ = try bench.take([.number(1)], at: step) }
        var writer = StateWriter()
        bench.group.save(into: &writer)
        var random = SeededNumbers(1)
        for _ in 0..<2_000 {
            var bytes = writer.bytes
            for _ in 0..<3 {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            var reader = StateReader(bytes)
            guard (try? bench.group.restore(from: &reader)) == nil else { continue }
            #expect(bench.group.table.count == 0)
        }
    }
}
