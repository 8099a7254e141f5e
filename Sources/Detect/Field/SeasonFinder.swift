// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Finds how many readings a stream takes to repeat itself, from 4 to 131 072.
///
/// The stream is averaged over 1, 2, 4, … 2048 readings; of each such level the last 128 averages
/// are kept, and their autocorrelation at 4…66 averages is looked at whenever sixteen new ones have
/// come: one lag a reading, so that no reading costs more than 128 multiplications. A period is the
/// first lag whose correlation is nearly as great as the greatest, stands out of its neighbours,
/// and lies well above that at half the lag. Where two levels find one, the clearer counts. About
/// 6.2 KB when all levels are in use.
struct SeasonFinder: Sendable {
    /// A period found: how many readings, and how clearly (a correlation, up to 1).
    struct Period: Equatable, Sendable {
        var length: Double
        var strength: Double
    }

    fileprivate struct Level: Sendable {
        /// The last averages, a ring.
        var averages: [Float] = []
        var next = 0
        var fresh = 0
        /// The readings of the average being made.
        var sum = 0.0
        var held = 0
    }

    private static let ring = 128
    private static let levels = 12
    private static let lags = 4...66
    private static let least = 0.3

    fileprivate var levels: [Level] = [Level()]
    /// The level looked at, and the next lag to work out.
    private var level = 0
    private var lag = 0
    private var mean: Float = 0
    private var correlations: [Float] = []
    /// The clearest period, until a clearer one or its own level finds another.
    private(set) var period: Period?
    private var periodLevel = 0

    init() { levels.reserveCapacity(Self.levels) }

    /// Takes in the next reading, which is finite; true when `period` has changed.
    mutating func append(_ value: Double) -> Bool {
        var carried: Double? = value
        var place = 0
        while let average = carried {
            carried = levels[place].append(average, ring: Self.ring)
            place += 1
            guard carried != nil else { break }
            guard place < Self.levels else { break }
            if place == levels.count { levels.append(Level()) }
        }
        return lag > 0 ? look() : begin()
    }

    /// Begins to look at the next level that has news.
    private mutating func begin() -> Bool {
        level = level + 1 < levels.count ? level + 1 : 0
        guard levels[level].averages.count == Self.ring, levels[level].fresh >= 16 else {
            return false
        }
        levels[level].fresh = 0
        mean = levels[level].averages.reduce(0, +) / Float(Self.ring)
        correlations.removeAll(keepingCapacity: true)
        correlations.reserveCapacity(Self.lags.count)
        lag = Self.lags.lowerBound
        return false
    }

    /// Works out one lag; after the last one, what they say.
    private mutating func look() -> Bool {
        correlations.append(levels[level].correlation(lag, mean))
        lag += 1
        guard lag > Self.lags.upperBound else { return false }
        lag = 0
        let found = found()
        if let found, let known = period, level != periodLevel {
            // Two levels may see the same period; another one must be clearly better.
            guard found.strength > known.strength + 0.1 else { return false }
        } else if found == nil, period == nil || level != periodLevel {
            return false
        }
        if let found, let known = period, (found.length / known.length - 1).magnitude < 0.02 {
            period?.strength = found.strength
            return false
        }
        period = found
        periodLevel = level
        return true
    }

    private func found() -> Period? {
        let first = Self.lags.lowerBound
        // At higher levels the lower half belongs to the level below, which sees it more finely.
        let from = level == 0 ? 1 : 32 - first
        let places = from..<correlations.count - 1
        let greatest = places.map { correlations[$0] }.max() ?? 0
        guard greatest > Float(Self.least) else { return nil }
        for place in places where correlations[place] >= 0.9 * greatest {
            let (before, here, after) = (
                correlations[place - 1], correlations[place], correlations[place + 1]
            )
            let half = max(0, (place + first) / 2 - first)
            guard here >= before, here > after, here - correlations[half] > 0.2 else { continue }
            // The top of the parabola through the three.
            let bend = before - 2 * here + after
            let shift = bend < 0 ? 0.5 * (before - after) / bend : 0
            let lag = level == 0 ? Double(place + first) : Double(Float(place + first) + shift)
            return Period(length: lag * Double(1 << level), strength: Double(here))
        }
        return nil
    }
}

extension SeasonFinder {
    /// What the last periods had above their mean, at each of `phases` phases counted from the last
    /// reading.
    func profile(of phases: Int) -> [Float] {
        guard let period, phases > 0 else { return [] }
        let kept = levels[periodLevel]
        let span = Double(1 << periodLevel)
        var begun = 0.0
        for (place, level) in levels[..<periodLevel].enumerated() {
            begun += Double(level.held << place)
        }
        let mean = kept.averages.reduce(0, +) / Float(max(1, kept.averages.count))
        return (0..<phases).map { phase in
            var sum: Float = 0
            var count: Float = 0
            // The middle of a reading, and of an average, is half its span old when it is made.
            var age = 0.5
            if phase > 0 { age += period.length * (1 - Double(phase) / Double(phases)) }
            while let average = kept.average(ago: (age - begun) / span - 0.5) {
                sum += average - mean
                count += 1
                age += period.length
            }
            return count > 0 ? sum / count : 0
        }
    }
}

extension SeasonFinder.Level {
    /// The average made `place` averages ago, interpolated; nil where that is no longer known.
    fileprivate func average(ago place: Double) -> Float? {
        let count = averages.count
        guard count > 1, place > -1.5, place < Double(count - 1) else { return nil }
        let exact = max(0, place)
        let newer = Int(exact)
        let part = Float(exact - Double(newer))
        let latest = next + count - 1
        let one = averages[(latest - newer) % count]
        let two = averages[(latest - min(newer + 1, count - 1)) % count]
        return one * (1 - part) + two * part
    }
    /// Takes in an average of the level below; the average of two, whenever there are two.
    fileprivate mutating func append(_ value: Double, ring: Int) -> Double? {
        // What single precision cannot hold is taken as its greatest.
        let most = Double(Float.greatestFiniteMagnitude) / 1e6
        let number = Float(max(-most, min(value, most)))
        if averages.count < ring {
            averages.reserveCapacity(ring)
            averages.append(number)
        } else {
            averages[next] = number
            next = next + 1 == ring ? 0 : next + 1
        }
        fresh = min(fresh + 1, ring)
        sum += value
        held += 1
        guard held == 2 else { return nil }
        let average = sum / 2
        (sum, held) = (0, 0)
        return average.isFinite ? average : 0
    }

    /// How alike the averages are to those `lag` before them, −1…1.
    fileprivate func correlation(_ lag: Int, _ mean: Float) -> Float {
        let count = averages.count
        return averages.withUnsafeBufferPointer { values in
            var (together, early, late) = (Float(0), Float(0), Float(0))
            var left = next
            var right = next + lag < count ? next + lag : next + lag - count
            for _ in 0..<count - lag {
                let one = values[left] - mean
                let two = values[right] - mean
                together += one * two
                early += one * one
                late += two * two
                left = left + 1 == count ? 0 : left + 1
                right = right + 1 == count ? 0 : right + 1
            }
            let scale = (early * late).squareRoot()
            let correlation = scale > 0 ? together / scale : 0
            return correlation.isFinite ? correlation : 0
        }
    }
}

extension SeasonFinder {
    var byteCount: Int {
        MemoryLayout<Self>.stride + 2 * arrayHeader + correlations.capacity * 4
            + levels.reduce(0) { sum, level in
                sum + MemoryLayout<Level>.stride + arrayHeader + level.averages.capacity * 4
            }
    }

    func save(into writer: inout StateWriter) {
        writer.put(levels.count)
        for level in levels {
            writer.put(level.averages)
            for number in [level.next, level.fresh, level.held] { writer.put(number) }
            writer.put(level.sum)
        }
        for number in [level, lag, periodLevel] { writer.put(number) }
        writer.put(Double(mean))
        writer.put(correlations)
        writer.put(period != nil)
        if let period {
            writer.put(period.length)
            writer.put(period.strength)
        }
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        levels = []
        for _ in 0..<(try reader.int(in: 1...Self.levels)) {
            var level = Level()
            level.averages = try reader.floats(limit: Self.ring)
            level.next = try reader.int(in: 0...max(0, level.averages.count - 1))
            level.fresh = try reader.int(in: 0...Self.ring)
            level.held = try reader.int(in: 0...1)
            level.sum = try reader.finite()
            levels.append(level)
        }
        level = try reader.int(in: 0...levels.count - 1)
        lag = try reader.int(in: 0...Self.lags.upperBound)
        periodLevel = try reader.int(in: 0...levels.count - 1)
        mean = Float(try reader.finite())
        correlations = try reader.floats(limit: Self.lags.count)
        let isWhole = lag == 0 || correlations.count == lag - Self.lags.lowerBound
        guard isWhole, lag == 0 || levels[level].averages.count == Self.ring else {
            throw StateError("a search for seasons is at odds with itself")
        }
        guard try reader.bool() else { return }
        period = Period(
            length: try reader.finite(in: 1...1e6),
            strength: try reader.finite(in: -1...2)
        )
    }
}
