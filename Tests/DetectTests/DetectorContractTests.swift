// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing
import Vocabulary

@testable import Detect

/// What every detector promises, whatever it looks for.
@Suite struct DetectorContractTests {
    typealias Name = DetectorSettings.Name

    /// Readings of two fields, with a season, odd ones, repeats and numbers that are none.
    static func readings(_ count: Int, seed: UInt64 = 3) -> [([Double], WallTime?)] {
        var dice = Dice(seed: seed)
        var time: Int64 = 1_400_000_000_000_000_000
        return (0..<count).map { index in
            time += 60_000_000_000
            let season = 5 * sin(Double(index) / 48 * 2 * Double.pi)
            var values = [20 + season + dice.normal(), 3 + dice.exponential()]
            if index % 97 == 0 { values[0] += 30 }
            if index % 211 == 0 { values[1] = .nan }
            if index % 401 == 0 { values[0] = .infinity }
            if index % 500 < 6 { values[0] = 17 }
            if index % 700 == 0 { time += 7_200_000_000_000 }
            if index % 900 == 0 { time -= 86_400_000_000_000 }
            return (values, index % 57 == 0 ? nil : WallTime(nanoseconds: time))
        }
    }

    @Test(arguments: Name.allCases)
    func `scores lie between 0 and 1 whatever comes`(_ name: Name) {
        let stream = DetectorStream(DetectorSettings(name), fields: 2)
        let odd: [Double] = [
            .nan, .infinity, -.infinity, 1e308, -1e308, .leastNonzeroMagnitude, 0, -0.0, 1,
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        ]
        var dice = Dice(seed: 1)
        for index in 0..<5_000 {
            let time: WallTime? =
                switch index % 5 {
                case 0: nil
                case 1: WallTime(nanoseconds: .max)
                case 2: WallTime(nanoseconds: .min)
                default: WallTime(nanoseconds: Int64(index) * 1_000_000_000)
                }
            let one = odd[Int(dice.bits() % UInt64(odd.count))]
            let score = stream.score([one, index % 3 == 0 ? 1 : one], at: time)
            #expect(score >= 0 && score <= 1)
        }
        // It still works afterwards.
        for (values, time) in Self.readings(2_000) {
            let score = stream.score(values, at: time)
            #expect(score >= 0 && score <= 1)
        }
    }

    @Test(arguments: Name.allCases)
    func `a number that is none is not judged`(_ name: Name) {
        let stream = DetectorStream(DetectorSettings(name), fields: 1)
        for (values, _) in Self.readings(300) { _ = stream.score([values[1]], at: nil) }
        #expect(stream.score([.nan], at: nil) == 0)
        #expect(stream.score([-.infinity], at: nil) == 0)
    }

    @Test(arguments: Name.allCases)
    func `what is restored goes on exactly alike`(_ name: Name) throws {
        struct Check: DetectorVisitor {
            typealias Result = (saved: Int, differences: Int, error: StateError?)
            let readings: [([Double], WallTime?)]
            let cut: Int

            func visit<D: StreamingDetector>(_ type: D.Type, _ plan: D.Plan) -> Result {
                var detector = D(plan)
                for (values, time) in readings[..<cut] { _ = run(&detector, values, time, plan) }
                var writer = StateWriter()
                detector.save(into: &writer)
                var reader = StateReader(writer.bytes)
                do throws(StateError) {
                    var restored = try D(plan, restoring: &reader)
                    var differences = reader.remaining
                    for (values, time) in readings[cut...] {
                        let one = run(&detector, values, time, plan)
                        let two = run(&restored, values, time, plan)
                        if one != two { differences += 1 }
                    }
                    return (writer.bytes.count, differences, nil)
                } catch {
                    return (writer.bytes.count, -1, error)
                }
            }

            func run<D: StreamingDetector>(
                _ detector: inout D,
                _ values: [Double],
                _ time: WallTime?,
                _ plan: D.Plan
            ) -> Double {
                values.withUnsafeBufferPointer { detector.score($0, at: time, plan) }
            }
        }
        for cut in [0, 1, 20, 137, 3_000] {
            let readings = Self.readings(6_000)
            let settings = DetectorSettings(name)
            let result = settings.accept(Check(readings: readings, cut: cut), fields: 2)
            #expect(result.error == nil)
            #expect(result.differences == 0, "\(name) after \(cut) of them")
            #expect(result.saved < 40_000)
        }
    }

    @Test(arguments: Name.allCases)
    func `a state that is cut off or damaged is refused or harmless`(_ name: Name) {
        struct Check: DetectorVisitor {
            typealias Result = (whole: Int, cutsTaken: Int, outOfRange: Int)
            let readings: [([Double], WallTime?)]

            func visit<D: StreamingDetector>(_ type: D.Type, _ plan: D.Plan) -> Result {
                var detector = D(plan)
                for (values, time) in readings {
                    _ = values.withUnsafeBufferPointer { detector.score($0, at: time, plan) }
                }
                var writer = StateWriter()
                detector.save(into: &writer)
                let bytes = writer.bytes
                var taken = 0
                for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 200)) {
                    var reader = StateReader(Array(bytes[..<length]))
                    if (try? D(plan, restoring: &reader)) != nil { taken += 1 }
                }
                var dice = Dice(seed: 9)
                var outOfRange = 0
                for _ in 0..<300 {
                    var damaged = bytes
                    for _ in 0..<3 {
                        damaged[Int(dice.bits() % UInt64(bytes.count))] = UInt8(dice.bits() & 255)
                    }
                    var reader = StateReader(damaged)
                    guard var other = try? D(plan, restoring: &reader) else { continue }
                    for (values, time) in readings.prefix(80) {
                        let score = values.withUnsafeBufferPointer {
                            other.score($0, at: time, plan)
                        }
                        if !(score >= 0 && score <= 1) { outOfRange += 1 }
                    }
                }
                return (bytes.count, taken, outOfRange)
            }
        }
        let check = Check(readings: Self.readings(2_000))
        let result = DetectorSettings(name).accept(check, fields: 2)
        #expect(result.whole > 0)
        #expect(result.cutsTaken == 0)
        #expect(result.outOfRange == 0)
    }

    @Test(arguments: Name.allCases)
    func `memory stays below its bound`(_ name: Name) {
        struct Check: DetectorVisitor {
            typealias Result = (settled: Int, later: Int, most: Int)

            func visit<D: StreamingDetector>(_ type: D.Type, _ plan: D.Plan) -> Result {
                var detector = D(plan)
                func run(_ count: Int) -> Int {
                    for (values, time) in DetectorContractTests.readings(count) {
                        _ = values.withUnsafeBufferPointer { detector.score($0, at: time, plan) }
                    }
                    return detector.byteCount
                }
                return (run(20_000), run(20_000), D.mostBytes(plan))
            }
        }
        let result = DetectorSettings(name).accept(Check(), fields: 2)
        #expect(max(result.settled, result.later) <= result.most, "\(name): \(result)")
        // A bound that is far off would waste the room there is.
        #expect(result.most < result.later * 5 / 4, "\(name): \(result)")
    }

    @Test(arguments: Name.allCases)
    func `usual noise is beyond a score as often as the score says`(_ name: Name) {
        // Repeats and gaps are what `stuck` measures: noise has none.
        guard name != .stuck, name != .ensemble else { return }
        let stream = DetectorStream(DetectorSettings(name), fields: 2)
        var dice = Dice(seed: 1)
        let readings = 60_000
        var beyond = [0.9: 0, 0.99: 0, 0.999: 0]
        for index in 0..<readings + 5_000 {
            let time = WallTime(nanoseconds: Int64(index) * 1_000_000_000)
            let score = stream.score([dice.normal(), dice.exponential()], at: time)
            guard index >= 5_000 else { continue }
            for level in beyond.keys where score >= level { beyond[level, default: 0] += 1 }
        }
        // Two fields or measures joined are on the safe side where they go together.
        let safe = name == .halfSpaceTrees ? 1.7 : 1
        // A mean that drifts away does so for hundreds of readings: few excursions tell the rate.
        let factors =
            name == .pageHinkley
            ? [0.9: 1.35, 0.99: 2, 0.999: 4] : [0.9: 1.35, 0.99: 1.6, 0.999: 2]
        for (level, factor) in factors {
            let part = Double(beyond[level, default: 0]) / ((1 - level) * Double(readings))
            #expect(part < factor, "\(name) at \(level): \(part)")
            #expect(part > 1 / (factor * safe), "\(name) at \(level): \(part)")
        }
    }
}
