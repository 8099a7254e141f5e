// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Vocabulary

/// The detector that needs no parameters.
///
/// Twenty opinions on each reading: how far the value is out, how large the step, how far from
/// the usual at this time of day and of the week (`DailyProfile`), from the last few hundred readings
/// (`LocalLevel`), at six time scales from what was before (`LevelBands`), how much more restless
/// or still than usual (`Restlessness`), how rare such a value (`ValueHistogram`), how new the shape
/// (`ShapeMemory`) and how long the value has stood still. Each is a plain number whose own history
/// says how unusual it is, upwards and downwards apart (`ExcessScale`); the excesses are added, as
/// Fisher adds logarithms of probabilities. `AlarmKinds` lowers the sum for what is familiar, and
/// `AlarmEpisode` makes it the score.
///
/// The first 60 readings are only learned. A few hundred make it useful, two days make it know
/// times of day, three weeks days of the week; without times it has no opinion on them and takes
/// readings to be rare. The weights are round numbers, the same for every stream, chosen by their mean
/// effects on one half of the Numenta Anomaly Benchmark (A. Lavin and S. Ahmad, "Evaluating Real-time
/// Anomaly Detection Algorithms", ICMLA 2015), on distorted copies of it and on simulated streams.
public struct Ensemble: FieldDetector {
    private var frame = RunningFrame()
    private var previous = 0.0
    /// How many readings have been the same, the last included.
    private var run = 1.0
    private var profile = DailyProfile()
    private var local = LocalLevel()
    private var bands = LevelBands()
    private var restlessness = Restlessness()
    private var values = ValueHistogram()
    private var shapes = ShapeMemory()
    private var kinds = AlarmKinds()
    private var episode = AlarmEpisode()
    /// What each opinion has added to the last sum.
    private var added = Array(repeating: 0.0, count: opinionCount)
    /// Two for each opinion: downwards, upwards.
    private var scales = Array(repeating: ExcessScale(), count: 2 * Opinion.count)

    /// There is nothing to set.
    public struct Plan: Sendable {
        /// Makes the only one.
        public init() {}
    }

    /// The opinions, by their places.
    private enum Opinion {
        static let value = 0
        static let step = 1
        static let profile = 2
        static let local = 5
        static let bands = 8
        static let restlessness = 14
        static let rarity = 17
        static let shape = 18
        static let stillness = 19
        static let count = 20
    }

    /// How much an excess counts.
    private enum Weight {
        static let value = 0.5
        static let step = 0.25
        static let profile = 0.35
        static let local = 0.25
        static let bands = 0.35
        static let restlessness = 0.25
        static let rarity = 0.5
        static let shape = 0.75
        static let stillness = 1.0
    }

    static let opinionCount = Opinion.count
    private static let warmUp = 60.0
    /// No opinion's excess counts for more.
    private static let most = 6.0

    /// Makes a detector that has seen nothing.
    public init(_ plan: Plan = Plan()) {}

    /// How unusual it is after what came before, 0…1; then learns from it.
    public mutating func score(_ value: Double, at time: WallTime?, _ plan: Plan) -> Double {
        guard value.isFinite else { return 0 }
        let sum = opinions(max(-1e100, min(value, 1e100)), at: time)
        episode.pass(to: time)
        guard frame.count >= Self.warmUp else { return 0 }
        let factor = kinds.factor(of: added, sum: sum, isFast: episode.isFast)
        let score = episode.score(sum, familiar: factor)
        return score >= 0 ? min(1, score) : 0
    }

    private mutating func opinions(_ given: Double, at time: WallTime?) -> Double {
        for opinion in added.indices { added[opinion] = 0 }
        var sum = judge(frame.distance(of: given), Opinion.value, Weight.value)
        let value = frame.credible(given)
        let before = frame
        frame.learn(value)
        let step = before.count > 0 ? (value - previous) / before.scale : 0
        run = before.count > 0 && value == previous ? min(run + 1, 1e9) : 1
        previous = value
        sum += judge(log(max(1, run / 8)), Opinion.stillness, Weight.stillness)
        sum += judge(step, Opinion.step, Weight.step)
        if let time {
            let worth = profile.follow(value, at: time, in: before)
            if worth.isKnown {
                for (index, distance) in profile.smooth.enumerated() {
                    let weight = Weight.profile * worth.strength
                    sum += judge(distance, Opinion.profile + index, weight)
                }
            }
        }
        local.follow(value, scale: before.scale, in: frame)
        for (index, distance) in local.smooth.enumerated() {
            sum += judge(distance, Opinion.local + index, Weight.local)
        }
        let count = frame.count
        let height = frame.bounded(before.distance(of: value))
        for band in LevelBands.spans.indices {
            let difference = bands.difference(band: band, height, count: count)
            sum += judge(difference, Opinion.bands + band, Weight.bands)
        }
        for span in Restlessness.spans.indices {
            let moved = min(step.magnitude, 50)
            let ratio = restlessness.ratio(span: span, step: moved, count: count)
            sum += judge(ratio, Opinion.restlessness + span, Weight.restlessness)
        }
        return sum + novelty(of: value)
    }

    private mutating func novelty(of value: Double) -> Double {
        let isFirst = frame.count <= 1
        let rarity = isFirst ? 0 : -log(values.density(at: value))
        let rank = values.rank(of: value)
        values.count(value)
        let shape = shapes.novelty(ofRank: rank)
        return judge(rarity, Opinion.rarity, Weight.rarity)
            + judge(shape, Opinion.shape, Weight.shape)
    }

    /// What an opinion adds; then learns it.
    private mutating func judge(_ statistic: Double, _ opinion: Int, _ weight: Double) -> Double {
        let upwards = 2 * opinion + (statistic < 0 ? 0 : 1)
        let excess = scales[upwards].excess(of: statistic.magnitude)
        scales[upwards].count(statistic.magnitude)
        scales[upwards ^ 1].count(0)
        added[opinion] = weight * min(excess, Self.most)
        return added[opinion]
    }
}

extension Ensemble {
    /// How many bytes it takes, arrays included.
    public var byteCount: Int {
        MemoryLayout<Self>.stride + arrayHeader + scales.count * MemoryLayout<ExcessScale>.stride
            + scales.reduce(0) { $0 + $1.byteCount }
            + profile.byteCount + local.byteCount + bands.byteCount + restlessness.byteCount
            + values.byteCount + shapes.byteCount + kinds.byteCount
            + arrayHeader + added.count * MemoryLayout<Double>.stride
    }

    /// Writes everything it knows.
    public func save(into writer: inout StateWriter) {
        frame.save(into: &writer)
        writer.put(previous)
        writer.put(run)
        profile.save(into: &writer)
        local.save(into: &writer)
        bands.save(into: &writer)
        restlessness.save(into: &writer)
        values.save(into: &writer)
        shapes.save(into: &writer)
        kinds.save(into: &writer)
        episode.save(into: &writer)
        for scale in scales { scale.save(into: &writer) }
    }

    /// Takes up what `save` wrote.
    public init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError) {
        frame = try RunningFrame(restoring: &reader)
        previous = try reader.finite(in: -1e120...1e120)
        run = try reader.finite(in: 1...1e9)
        profile = try DailyProfile(restoring: &reader)
        local = try LocalLevel(restoring: &reader)
        bands = try LevelBands(restoring: &reader)
        restlessness = try Restlessness(restoring: &reader)
        values = try ValueHistogram(restoring: &reader)
        shapes = try ShapeMemory(restoring: &reader)
        kinds = try AlarmKinds(restoring: &reader)
        episode = try AlarmEpisode(restoring: &reader)
        for index in scales.indices { scales[index] = try ExcessScale(restoring: &reader) }
    }
}
