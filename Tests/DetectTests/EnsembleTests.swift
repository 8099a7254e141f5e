// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing
import Vocabulary

@testable import Detect

/// What the detector without parameters finds, and what it is silent about.
@Suite struct EnsembleTests {
    private let alarm = DetectorSettings.usualThreshold(of: .ensemble)

    /// One reading every five minutes from a Tuesday's midnight on.
    private static func time(_ index: Int, every seconds: Int64 = 300) -> WallTime {
        WallTime(nanoseconds: (1_404_172_800 + Int64(index) * seconds) * 1_000_000_000)
    }

    /// The readings whose score is an alarm.
    private func alarms(
        _ count: Int,
        every seconds: Int64 = 300,
        _ value: (Int, inout Dice) -> Double
    ) -> [Int] {
        var detector = Ensemble()
        var dice = Dice(seed: 11)
        return (0..<count).filter { index in
            let value = value(index, &dice)
            let time = Self.time(index, every: seconds)
            return detector.score(value, at: time, .init()) >= alarm
        }
    }

    /// High from eight to sixteen o'clock, with a little noise.
    private static func shift(_ index: Int, _ dice: inout Dice) -> Double {
        let isOpen = (96..<192).contains(index % 288)
        return isOpen ? 80 + 3 * dice.normal() : 20 + dice.normal()
    }

    @Test func `a spike is told at once and once`() {
        let alarms = alarms(3_000) { index, dice in
            (2_000..<2_004).contains(index) ? 40 : 20 + dice.normal()
        }
        #expect(alarms.contains(2_000))
        #expect(alarms.filter { (2_000..<2_250).contains($0) }.count <= 2)
        #expect(alarms.count <= 6)
    }

    @Test func `a shift of the level is told when it comes`() {
        let alarms = alarms(3_000) { index, dice in (index < 2_000 ? 20 : 28) + dice.normal() }
        #expect(alarms.contains { (2_000..<2_012).contains($0) })
        #expect(alarms.filter { $0 >= 2_000 }.count <= 5)
    }

    @Test func `a sensor that freezes is told`() {
        let alarms = alarms(3_000) { index, dice in index < 2_000 ? 20 + dice.normal() : 20.25 }
        #expect(alarms.contains { (2_000..<2_200).contains($0) })
    }

    @Test func `noise that grows is told`() {
        let alarms = alarms(3_000) { index, dice in
            20 + (index < 2_000 ? 1 : 4) * dice.normal()
        }
        #expect(alarms.contains { (2_000..<2_030).contains($0) })
    }

    @Test func `a day without its working hours is told`() {
        let alarms = alarms(4_000) { index, dice in
            let usual = Self.shift(index, &dice)
            return index / 288 == 9 ? 20 + dice.normal() : usual
        }
        let missing = 9 * 288 + 96
        #expect(alarms.contains { (missing..<missing + 20).contains($0) })
        #expect(alarms.filter { $0 > 600 && $0 < missing }.count <= 3)
    }

    @Test func `a constant is never an alarm`() {
        #expect(alarms(5_000) { _, _ in 45 }.isEmpty)
    }

    @Test func `a quiet sensor read once a second gives about an alarm a day at most`() {
        let alarms = alarms(86_400, every: 1) { _, dice in 50 + dice.normal() }
        #expect(alarms.count <= 2)
    }

    @Test func `one absurd number does not blind it`() {
        let alarms = alarms(6_000) { index, dice in
            switch index {
            case 2_000: 1e38
            case 5_000..<5_010: 40
            default: 20 + dice.normal()
            }
        }
        #expect(alarms.contains(2_000))
        #expect(alarms.contains { (5_000..<5_010).contains($0) })
    }

    @Test func `it works without times and with a clock that jumps`() {
        for clock in 0..<2 {
            var detector = Ensemble()
            var dice = Dice(seed: 5)
            var found = false
            for index in 0..<3_000 {
                let back: Int64 = index > 1_000 ? 400 * 86_400 : 0
                let jumped = WallTime(
                    nanoseconds: Self.time(index).nanoseconds - back * 1_000_000_000
                )
                let value = index == 2_500 ? 40 : 20 + dice.normal()
                let score = detector.score(value, at: clock == 0 ? nil : jumped, .init())
                if index == 2_500 { found = score >= alarm }
            }
            #expect(found)
        }
    }

    @Test func `what comes back day after day is told more and more quietly`() {
        let alarms = alarms(12 * 288) { index, dice in
            (20 + dice.normal()) + (index % 288 == 150 + index / 288 % 5 ? 15 : 0)
        }
        let first = alarms.filter { $0 < 4 * 288 }.count
        let later = alarms.filter { $0 >= 8 * 288 }.count
        #expect(first >= 2)
        #expect(later < first)
    }

    @Test func `a machine that runs by day is no news after a few days, read every ten seconds`() {
        let alarms = alarms(8 * 8_640, every: 10) { index, dice in
            let isOn = (6 * 360..<22 * 360).contains(index % 8_640)
            return isOn ? 40 + 2.2 * dice.normal() : 5 + 0.2 * dice.normal()
        }
        #expect(!alarms.isEmpty)
        #expect(alarms.filter { $0 >= 4 * 8_640 }.count <= 2, "\(alarms)")
    }

    @Test func `the same readings give the same scores`() {
        var one = Ensemble()
        var two = Ensemble()
        var dice = Dice(seed: 2)
        for index in 0..<2_000 {
            let value = dice.student3()
            let first = one.score(value, at: Self.time(index), .init())
            #expect(first == two.score(value, at: Self.time(index), .init()))
        }
    }

    @Test func `a scale forgets by halves and stays a scale`() {
        var scale = ExcessScale()
        var dice = Dice(seed: 4)
        for _ in 0..<130_000 {
            let magnitude = dice.normal().magnitude
            _ = scale.excess(of: magnitude)
            scale.count(magnitude)
        }
        #expect(scale.excess(of: 1) == 0)
        #expect(scale.excess(of: 6) > 3)
        #expect(scale.excess(of: 60) > scale.excess(of: 6))
        #expect(scale.excess(of: .infinity) >= scale.excess(of: 60))
    }

    @Test func `a histogram widens to what comes`() {
        var histogram = ValueHistogram()
        #expect(histogram.rank(of: 1) == 0.5)
        for _ in 0..<10 { histogram.count(5) }
        #expect(histogram.rank(of: 4) == 0)
        #expect(histogram.rank(of: 6) == 1)
        #expect(histogram.density(at: 5) > 0.8)
        #expect(histogram.density(at: 6) < 0.1)
        for value in [6.0, -1e6, 1e6, 1e90, -1e90, 5] { histogram.count(value) }
        #expect(histogram.rank(of: -1e100) == 0)
        #expect((0...1).contains(histogram.rank(of: 5)))
        #expect(histogram.density(at: 5) > 0)
    }
}
