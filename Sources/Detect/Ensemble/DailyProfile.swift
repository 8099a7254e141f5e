// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What a stream usually is at each half-hour of the day, learned by itself.
///
/// A value is held against the half-hour it falls in and the ones before and after, so that what
/// comes a little early is no news. `strength` says how much better the profile foretells than the
/// mean does: a stream without a day of its own is not judged by one. It counts for a quarter on the
/// third day and in full from the ninth on. What a day of the week differs in is taken off before
/// (`WeeklyProfile`).
struct DailyProfile: Equatable, Sendable {
    private static let parts = 48
    private static let memory = 192.0

    private var means: [Double] = Array(repeating: 0, count: parts)
    private var deviations: [Double] = Array(repeating: 0, count: parts)
    private var visits: [Double] = Array(repeating: 0, count: parts)
    private var days: [Double] = Array(repeating: 0, count: parts)
    private var last = -1
    private var week = WeeklyProfile()
    private var profileError = 0.0
    private var meanError = 0.0
    /// The distance from the profile, averaged over each of the spans.
    private(set) var smooth = [0.0, 0.0, 0.0]

    /// Over how many readings the distance is averaged.
    private static let spans = [1.0, 6.0, 30.0]

    /// What the distances are worth.
    struct Weight {
        /// 0…1.
        var strength: Double
        /// False as long as this time of day has not been seen twice.
        var isKnown: Bool
    }

    /// Holds `value` against what is usual at this time of day; then learns it.
    ///
    /// `frame` is the stream's mean and scale over all times.
    mutating func follow(
        _ value: Double,
        at time: WallTime,
        in frame: RunningFrame
    ) -> Weight {
        let day: Int64 = 86_400_000_000_000
        let inDay = time.nanoseconds % day
        let part = Int((inDay < 0 ? inDay + day : inDay) / (day / Int64(Self.parts)))
        let weekPart = WeeklyProfile.part(of: time)
        let level = value - week.offset(in: weekPart)
        let isKnown = isKnown(around: part)
        let distance = isKnown ? judge(value, level, part: part, in: frame) : nil
        for index in smooth.indices {
            smooth[index] += ((distance ?? 0) - smooth[index]) / Self.spans[index]
        }
        let gain = meanError > 0 ? 1 - profileError / meanError : 0
        let grown = max(0, min(1, (days[part] - 1) / 8))
        if isKnown {
            let (rate, reach) = (frame.errorRate, 3 * frame.scale)
            week.learn(value - means[part], in: weekPart, rate: rate, reach: reach)
        }
        learn(value, level, part: part)
        return Weight(
            strength: max(0, min(1, (gain - 0.2) / 0.4)) * grown,
            isKnown: distance != nil
        )
    }

    /// The half-hours before and after, too, have been seen twice.
    private func isKnown(around part: Int) -> Bool {
        (0..<3).allSatisfy { days[(part + Self.parts - 1 + $0) % Self.parts] >= 2 }
    }

    /// How far `level`, which is `value` without the week's share, lies outside of the usual.
    private mutating func judge(
        _ value: Double,
        _ level: Double,
        part: Int,
        in frame: RunningFrame
    ) -> Double {
        var low = Double.greatestFiniteMagnitude
        var high = -low
        for step in 0..<3 {
            let near = (part + Self.parts - 1 + step) % Self.parts
            low = min(low, means[near] - deviations[near])
            high = max(high, means[near] + deviations[near])
        }
        let rate = frame.errorRate
        let error = min((level - means[part]).magnitude, 3 * frame.scale)
        profileError += rate * (error - profileError)
        meanError += rate * (min((value - frame.mean).magnitude, 3 * frame.scale) - meanError)
        let unit = 0.5 * frame.scale + deviations[part]
        let beyond = level > high ? level - high : level < low ? level - low : 0
        return frame.bounded(beyond / unit)
    }

    private mutating func learn(_ value: Double, _ level: Double, part: Int) {
        if part != last {
            days[part] = min(days[part] + 1, 1e6)
            last = part
        }
        let rate = max(1 / (visits[part] + 1), 1 / Self.memory)
        if visits[part] > 0 {
            deviations[part] += rate * ((level - means[part]).magnitude - deviations[part])
        }
        visits[part] = min(visits[part] + 1, 1e6)
        means[part] += rate * (value - means[part])
    }
}

extension DailyProfile {
    var byteCount: Int {
        week.byteCount + 5 * arrayHeader + (4 * Self.parts + smooth.count)
            * MemoryLayout<Double>.stride
    }

    func save(into writer: inout StateWriter) {
        for numbers in [means, deviations, visits, days, smooth] { writer.put(numbers) }
        writer.put(last)
        writer.put(profileError)
        writer.put(meanError)
        week.save(into: &writer)
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        means = try reader.bounded(Self.parts, in: -1e150...1e150)
        deviations = try reader.bounded(Self.parts, in: 0...1e150)
        visits = try reader.bounded(Self.parts, in: 0...1e6)
        days = try reader.bounded(Self.parts, in: 0...1e6)
        smooth = try reader.bounded(Self.spans.count, in: -1e6...1e6)
        last = try reader.int(in: -1...Self.parts - 1)
        profileError = try reader.finite(in: 0...1e150)
        meanError = try reader.finite(in: 0...1e150)
        week = try WeeklyProfile(restoring: &reader)
    }
}
