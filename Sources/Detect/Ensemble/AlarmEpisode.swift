// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// Makes of the opinions' sum one score: heard at the onset of an episode, quiet while it lasts.
///
/// Two rules. A stream of more than one reading a minute has to be more unusual each time, by the
/// number of readings in a minute, so that a score means about the same number of false alarms a day
/// at every cadence. And once the score has passed the height of an alarm, what is not clearly higher
/// is damped for the next 200 readings: an operator wants to be told once.
struct AlarmEpisode: Equatable, Sendable {
    private var hold = -50.0
    /// Seconds between readings, as they usually come; 0 as long as that is unknown.
    private var gap = 0.0
    private var last: WallTime?

    /// The height of an alarm, about 5.5: that whose score is `threshold`.
    private static let alarm = bend - (log(1 - threshold) + early * bend) / late
    /// How much higher it has to be to be told again at once.
    private static let margin = 6.0
    /// After how many readings that has faded away.
    private static let span = 200.0

    /// The score from which on a reading is an alarm.
    static let threshold = 0.999_7

    /// Whether readings come more often than once a minute.
    var isFast: Bool { gap > 0 && gap < 60 }

    /// Learns how often readings come.
    mutating func pass(to time: WallTime?) {
        guard let time else { return }
        defer { last = time }
        guard let last, time > last else { return }
        let passed = max(1e-3, min(Double(time.nanoseconds &- last.nanoseconds) / 1e9, 1e6))
        gap = gap == 0 ? passed : gap + 0.01 * (min(passed, 10 * gap) - gap)
    }

    /// The score of a sum of opinions, 0…1, of which a factor is left for what is familiar.
    mutating func score(_ sum: Double, familiar factor: Double) -> Double {
        let perMinute = gap > 0 ? max(1, 60 / gap) : 1
        let height = sum * factor - 1.6 * log(perMinute)
        defer { hold = max(-50, hold - Self.margin / Self.span) }
        guard height >= Self.alarm else { return Self.probability(height) }
        guard height > hold else { return Self.probability(Self.alarm / 2) }
        hold = height + Self.margin
        return Self.probability(height)
    }

    /// 1 − p, with p the share of usual readings whose height is as great: a straight line through
    /// the logarithms measured on simulated plant sensors at a reading a minute, bent at 4.
    private static func probability(_ height: Double) -> Double {
        guard height > 0 else { return 0 }
        return -expm1(-early * min(height, bend) - late * max(0, height - bend))
    }

    private static let bend = 4.0
    private static let early = 1.7
    private static let late = 0.875
}

extension AlarmEpisode {
    func save(into writer: inout StateWriter) {
        for number in [hold, gap] { writer.put(number) }
        writer.put(last)
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        hold = try reader.finite(in: -50...1e6)
        gap = try reader.finite(in: 0...1e6)
        last = try reader.time()
    }
}
