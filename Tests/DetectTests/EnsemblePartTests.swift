// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Detect

/// What the ensemble is made of, each for itself.
@Suite struct EnsemblePartTests {
    private let quiet = Array(repeating: 0.0, count: Ensemble.opinionCount)

    /// What opinions add: at some places so much, elsewhere nothing.
    private func opinions(_ added: [Int: Double]) -> [Double] {
        var opinions = quiet
        for (place, value) in added { opinions[place] = value }
        return opinions
    }

    private func pass(_ kinds: inout AlarmKinds, isFast: Bool = false) {
        for _ in 0..<200 { #expect(kinds.factor(of: quiet, sum: 0, isFast: isFast) == 1) }
    }

    @Test func `a kind of episode is known again and another is not`() {
        var kinds = AlarmKinds()
        let one = opinions([0: 4, 1: 3])
        let other = opinions([9: 6])
        #expect(kinds.factor(of: one, sum: 7, isFast: false) == 1)
        for _ in 0..<5 {
            pass(&kinds)
            _ = kinds.factor(of: one, sum: 7, isFast: false)
        }
        pass(&kinds)
        #expect(kinds.factor(of: one, sum: 7, isFast: false) < 0.45)
        #expect(kinds.factor(of: other, sum: 6, isFast: false) == 1)
        // Twice as high as ever, it is told all the same.
        #expect(14 * kinds.factor(of: one, sum: 14, isFast: false) > 7)
    }

    @Test func `what began like a known kind stays it, where readings come fast`() {
        for isFast in [true, false] {
            var kinds = AlarmKinds()
            let (onset, later) = (opinions([0: 5]), opinions([12: 7]))
            let last = opinions([15: 7])
            for _ in 0..<4 {
                _ = kinds.factor(of: onset, sum: 5, isFast: isFast)
                _ = kinds.factor(of: later, sum: 7, isFast: isFast)
                pass(&kinds, isFast: isFast)
            }
            // The beginning is what slow readings do not remember once the height was something else.
            let again = kinds.factor(of: onset, sum: 5, isFast: isFast)
            #expect(isFast ? again < 0.6 : again == 1, "\(again)")
            let unseen = kinds.factor(of: last, sum: 7, isFast: isFast)
            #expect(isFast ? unseen < 0.65 : unseen == 1, "\(unseen)")
            // Much higher than it ever was, it is no longer the same.
            #expect(30 * kinds.factor(of: last, sum: 30, isFast: isFast) > 25)
        }
    }

    @Test func `kinds are bounded, the rarest makes room, and come back as they were`() throws {
        var kinds = AlarmKinds()
        for kind in 0..<40 {
            let one = opinions([kind % 20: 6, (kind * 7 + 3) % 20: Double(kind % 5) + 1])
            _ = kinds.factor(of: one, sum: 6 + Double(kind % 3), isFast: true)
            pass(&kinds, isFast: true)
        }
        #expect(kinds.byteCount < 8_000)
        var writer = StateWriter()
        kinds.save(into: &writer)
        var reader = StateReader(writer.bytes)
        #expect(try AlarmKinds(restoring: &reader) == kinds)
    }

    @Test func `a day of the week has a say in its third week, and only where it says something`() {
        var week = WeeklyProfile()
        func learn(_ distance: (Int) -> Double, weeks: Int) {
            for part in 0..<56 * weeks {
                for _ in 0..<6 {
                    week.learn(distance(part % 56), in: part % 56, rate: 0.01, reach: 100)
                }
            }
        }
        let sunday = { (part: Int) in part < 8 ? -10.0 : 0.0 }
        learn(sunday, weeks: 2)
        #expect((0..<56).allSatisfy { week.offset(in: $0) == 0 })
        learn(sunday, weeks: 3)
        #expect(abs(week.offset(in: 3) + 10) < 0.5 && abs(week.offset(in: 20)) < 0.5)
        week = WeeklyProfile()
        var dice = Dice(seed: 3)
        let noise = (0..<5_000).map { _ in dice.normal() }
        var turn = 0
        func any(_ part: Int) -> Double {
            turn += 1
            return noise[turn % 5_000]
        }
        learn(any, weeks: 8)
        #expect((0..<56).allSatisfy { week.offset(in: $0) == 0 })
    }

    @Test func `a week's parts follow each other, before 1970 as well`() {
        let hour: Int64 = 3_600_000_000_000
        let parts = (-400..<400).map {
            WeeklyProfile.part(of: WallTime(nanoseconds: $0 * hour + 1))
        }
        #expect(Set(parts) == Set(0..<56))
        #expect(parts[400] == 0 && parts[403] == 1 && parts[400 + 168] == 0)
    }

    @Test func `an alarm is told once, and the rarer readings come the sooner`() {
        func scores(every seconds: Double?) -> [Double] {
            var episode = AlarmEpisode()
            for index in 0..<50 {
                let time = seconds.map { WallTime(nanoseconds: Int64(Double(index) * $0 * 1e9)) }
                episode.pass(to: time)
            }
            return (0..<4).map { episode.score($0 == 3 ? 30 : 8, familiar: 1) }
        }
        for seconds in [nil, 60, 3_600] as [Double?] {
            let told = scores(every: seconds).map { $0 >= AlarmEpisode.threshold }
            #expect(told == [true, false, false, true])
        }
        #expect(scores(every: 1)[0] < AlarmEpisode.threshold)
        #expect(scores(every: 1)[3] >= AlarmEpisode.threshold)
        var episode = AlarmEpisode()
        #expect(episode.score(5.49, familiar: 1) < AlarmEpisode.threshold)
        #expect(episode.score(11, familiar: 0.5) >= AlarmEpisode.threshold)
    }
}
