// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing
import Vocabulary

@testable import Detect

/// What each detector is there to find.
@Suite struct DetectorFaultTests {
    private func stream(_ name: DetectorSettings.Name, fields: Int = 1) -> DetectorStream {
        DetectorStream(DetectorSettings(name), fields: fields)
    }

    private func second(_ index: Int) -> WallTime {
        WallTime(nanoseconds: Int64(index) * 1_000_000_000)
    }

    @Test func `robust-z finds an outlier and is not spoilt by a fault`() {
        var dice = Dice(seed: 1)
        let detector = stream(.robustZ)
        for index in 0..<3_000 { _ = detector.score([50 + dice.normal()], at: second(index)) }
        #expect(detector.score([60], at: nil) > 0.999_9)
        for _ in 0..<15 { #expect(detector.score([60], at: nil) > 0.99) }
        #expect(detector.score([50], at: nil) < 0.5)
        for index in 0..<3_000 { _ = detector.score([60 + dice.normal()], at: second(index)) }
        #expect(detector.score([60], at: nil) < 0.5)
    }

    @Test func `robust-z takes a constant series and its first change`() {
        let detector = stream(.robustZ)
        for _ in 0..<100 { #expect(detector.score([7], at: nil) == 0) }
        #expect(detector.score([7.5], at: nil) > 0.999)
        #expect(detector.score([7], at: nil) < 0.1)
    }

    @Test func `says nothing while it warms up`() {
        let detector = stream(.robustZ)
        for number in 0..<30 {
            #expect(detector.score([number == 20 ? 1e6 : Double(number % 3)], at: nil) == 0)
        }
        #expect(detector.score([1e9], at: nil) > 0.99)
    }

    @Test func `cusum finds a small shift that no single reading shows`() {
        var dice = Dice(seed: 2)
        let detector = stream(.cusum)
        let single = stream(.robustZ)
        for _ in 0..<5_000 {
            let value = dice.normal()
            _ = detector.score([value], at: nil)
            _ = single.score([value], at: nil)
        }
        var (most, mostSingle) = (0.0, 0.0)
        for _ in 0..<40 {
            let value = 1.3 + 0.3 * dice.normal()
            most = max(most, detector.score([value], at: nil))
            mostSingle = max(mostSingle, single.score([value], at: nil))
        }
        #expect(most > 0.999_9)
        #expect(mostSingle < 0.999)
        for _ in 0..<120 { _ = detector.score([0.5 * dice.normal()], at: nil) }
        #expect(detector.score([0], at: nil) < 0.9)
    }

    @Test func `page-hinkley finds a drift and takes what it drifted to as usual`() {
        var dice = Dice(seed: 3)
        let detector = stream(.pageHinkley)
        for _ in 0..<20_000 { _ = detector.score([dice.normal()], at: nil) }
        var first: Int?
        for index in 0..<1_000 {
            let drifted = min(1, Double(index) / 300)
            let score = detector.score([drifted + dice.normal()], at: nil)
            if score > 0.999, first == nil { first = index }
        }
        #expect((50...600).contains(first ?? -1))
        var late = 0
        for _ in 0..<5_000 where detector.score([1 + dice.normal()], at: nil) > 0.999 { late += 1 }
        #expect(late < 100)
    }

    @Test func `rolling-quantile does not mind a skew, and minds the other side`() {
        var dice = Dice(seed: 4)
        let detector = stream(.rollingQuantile)
        for _ in 0..<5_000 { _ = detector.score([exp(dice.normal())], at: nil) }
        #expect(detector.score([5], at: nil) < 0.99)
        #expect(detector.score([60], at: nil) > 0.999)
        #expect(detector.score([-9], at: nil) > 0.99)
    }

    @Test func `holt-winters finds the season by itself, and what breaks it`() {
        for (period, pace) in [(24, 3_600), (50, 0), (96, 900), (600, 1)] {
            var dice = Dice(seed: 5)
            let detector = stream(.holtWinters)
            func value(_ index: Int) -> Double {
                // A spike at the same phase of every period.
                let phase = index % period
                let base = 10 * sin(2 * Double.pi * Double(phase) / Double(period))
                return base + (phase < max(1, period / 12) ? 15 : 0) + 0.3 * dice.normal()
            }
            func time(_ index: Int) -> WallTime? {
                pace == 0 ? nil : second(1_600_000_000 + index * pace)
            }
            let lesson = max(4_000, 14 * period)
            for index in 0..<lesson { _ = detector.score([value(index)], at: time(index)) }
            // The usual spike is usual now.
            var usual = 0
            for index in lesson..<lesson + 2 * period
            where detector.score([value(index)], at: time(index)) > 0.999 { usual += 1 }
            #expect(usual <= max(2, period / 50), "period \(period)")
            // The same value, half a period away from its place, is not.
            let start = (lesson / period + 3) * period
            for index in lesson + 2 * period..<start + period / 2 {
                _ = detector.score([value(index)], at: time(index))
            }
            let index = start + period / 2
            #expect(detector.score([value(index) + 15], at: time(index)) > 0.999)
        }
    }

    @Test func `stuck finds a value that does not change and readings that are missing`() {
        var dice = Dice(seed: 6)
        let detector = stream(.stuck)
        var index = 0
        for _ in 0..<5_000 {
            index += 1
            #expect(detector.score([dice.normal()], at: second(index)) < 0.999)
        }
        var most = 0.0
        for _ in 0..<10 {
            index += 1
            most = max(most, detector.score([0.25], at: second(index)))
        }
        #expect(most > 0.999)
        for _ in 0..<100 {
            index += 1
            _ = detector.score([dice.normal()], at: second(index))
        }
        index += 60
        #expect(detector.score([dice.normal()], at: second(index)) > 0.999)
        #expect(detector.score([dice.normal()], at: second(index + 1)) < 0.9)
        // A clock set back is no gap, and neither is a time that is not known.
        #expect(detector.score([dice.normal()], at: second(5)) < 0.9)
        #expect(detector.score([dice.normal()], at: nil) < 0.9)
        #expect(detector.score([dice.normal()], at: second(6)) < 0.9)
    }

    @Test func `a switch that is seldom turned is not stuck`() {
        let detector = stream(.stuck)
        var high = 0
        for index in 0..<40_000 {
            let score = detector.score([index / 200 % 2 == 0 ? 1 : 0], at: nil)
            if index > 20_000, score > 0.99 { high += 1 }
        }
        #expect(high == 0)
        let constant = stream(.stuck)
        for _ in 0..<10_000 { #expect(constant.score([4], at: nil) == 0) }
    }

    @Test func `half-space-trees find what no field shows by itself`() {
        var dice = Dice(seed: 7)
        let detector = stream(.halfSpaceTrees, fields: 2)
        for _ in 0..<20_000 {
            let common = dice.normal()
            let pair = [common + 0.1 * dice.normal(), common + 0.1 * dice.normal()]
            _ = detector.score(pair, at: nil)
        }
        let odd = detector.score([1.6, -1.6], at: nil)
        let usual = detector.score([1.6, 1.6], at: nil)
        #expect(odd > 0.99)
        #expect(usual < 0.95)
        #expect(detector.score([30, 30], at: nil) > 0.999)
    }

    @Test func `several fields are joined by their number`() {
        var dice = Dice(seed: 8)
        let one = stream(.robustZ)
        let four = stream(.robustZ, fields: 4)
        var beyond = (0, 0)
        for index in 0..<40_000 {
            let values = (0..<4).map { _ in dice.normal() }
            let scores = (one.score([values[0]], at: nil), four.score(values, at: nil))
            guard index > 5_000 else { continue }
            if scores.0 > 0.99 { beyond.0 += 1 }
            if scores.1 > 0.99 { beyond.1 += 1 }
        }
        #expect((250...450).contains(beyond.0))
        #expect((250...450).contains(beyond.1))
    }
}
