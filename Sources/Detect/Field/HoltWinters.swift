// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// How far a number lies from what level, trend and season foretell.
///
/// Holt-Winters in its additive form with a damped trend (C. C. Holt, 1957; P. R. Winters,
/// "Forecasting sales by exponentially weighted moving averages", Management Science 6(3), 1960),
/// its errors clipped at three times their scale before they teach (S. Gelper, R. Fried and C.
/// Croux, "Robust forecasting with exponential and Holt-Winters smoothing", Journal of Forecasting
/// 29(3), 2010). The season is found by itself (`SeasonFinder`) unless `period` says it; with
/// times, a period within 6 % of an hour, eight hours, half a day, a day or a week is that. Two
/// forecasts run side by side, with and without the season; the one that has been nearer speaks.
/// Strangeness is the error in robust standard deviations.
public struct HoltWinters: FieldDetector {
    private var plain = Forecast()
    private var seasonal = Forecast()
    private var season: Season?
    private var finder = SeasonFinder()
    private var cadence = Cadence()
    private var tail = TailScale()
    private var count: UInt32 = 0

    /// How much slower the level follows where a season explains most of what the stream does.
    private static let seasonalShare = 0.25

    /// What the detector is set to.
    public struct Settings: Equatable, Sendable {
        /// How fast the level follows, more than 0 and at most 1.
        public var alpha = 0.1
        /// How fast the trend follows, 0…1.
        public var beta = 0.02
        /// How fast the season follows, 0…1.
        public var gamma = 0.1
        /// The season's length in seconds, or in readings where they have no times; 0 finds it.
        public var period = 0.0
        /// How many readings are learned from before any is judged.
        public var warmUp = 50
        /// The least scale, in the field's own unit.
        public var leastScale = 0.0

        /// Makes the default settings.
        public init() {}
    }

    /// What the settings come to.
    public struct Plan: Sendable {
        let settings: Settings

        /// Takes them over.
        public init(_ settings: Settings) {
            self.settings = settings
        }
    }

    /// Makes a detector that has seen nothing.
    public init(_ plan: Plan) {}

    /// How unusual it is after what came before, 0…1; then learns from it.
    public mutating func score(_ value: Double, at time: WallTime?, _ plan: Plan) -> Double {
        guard value.isFinite else { return 0 }
        let settings = plan.settings
        if let interval = cadence.interval(to: time) { cadence.learn(interval) }
        seek(value, at: time, settings)
        let isWarm = count >= settings.warmUp
        if count < .max { count += 1 }
        let place = season?.advance(to: time)
        var added = 0.0
        var isKnown = false
        if let place, let season {
            added = season.value(at: place)
            isKnown = season.isKnown(at: place)
        }
        let usesSeason = isKnown && seasonal.usualError < plain.usualError
        let floor = max(settings.leastScale, value.magnitude * 1e-9, 1e-300)
        let bare = plain.error(of: value, adding: 0, floor: floor)
        plain.learn(bare, alpha: settings.alpha, settings)
        var strangeness = bare.distance
        if let place {
            let error = seasonal.error(of: value, adding: added, floor: floor)
            let alpha = settings.alpha * Self.seasonalShare
            seasonal.learn(error, alpha: alpha, settings)
            season?.learn(error.clipped * (1 - alpha), at: place, rate: settings.gamma)
            if usesSeason { strangeness = error.distance }
        }
        if !plain.isFinite || !seasonal.isFinite {
            (plain, seasonal, season) = (Forecast(), Forecast(), nil)
        }
        return isWarm ? tail.score(strangeness) : 0
    }

    /// Looks for the season, and begins one when it is found.
    private mutating func seek(_ value: Double, at time: WallTime?, _ settings: Settings) {
        let byClock = time != nil && cadence.usual > 0
        if settings.period > 0 {
            guard season == nil, time == nil || byClock else { return }
            let readings = byClock ? settings.period / cadence.usual : settings.period
            begin(Season(length: settings.period, readings: readings, byClock: byClock), at: time)
            return
        }
        guard finder.append(value), let period = finder.period else { return }
        var length = period.length
        if byClock {
            length = Self.calendar(length * cadence.usual)
            // The same season seen a little more sharply is not worth learning anew.
            if let season, season.byClock, (season.length / length - 1).magnitude < 0.01 { return }
        }
        var new = Season(length: length, readings: period.length, byClock: byClock)
        new.begin(with: finder.profile(of: new.phases.count))
        begin(new, at: time)
    }

    private mutating func begin(_ new: Season, at time: WallTime?) {
        var here = new
        let place = here.advance(to: time)
        seasonal = plain.without(place.map(new.value) ?? 0)
        season = new
    }

    private static func calendar(_ seconds: Double) -> Double {
        let known = [3_600.0, 28_800, 43_200, 86_400, 604_800]
        return known.first { (seconds / $0 - 1).magnitude < 0.06 } ?? seconds
    }

    /// How many bytes it takes, arrays included.
    public var byteCount: Int {
        MemoryLayout<Self>.stride + (season?.byteCount ?? 0) + finder.byteCount + tail.byteCount
            - MemoryLayout<SeasonFinder>.stride - MemoryLayout<TailScale>.stride
    }

    /// Writes everything it knows.
    public func save(into writer: inout StateWriter) {
        plain.save(into: &writer)
        seasonal.save(into: &writer)
        writer.put(season != nil)
        season?.save(into: &writer)
        finder.save(into: &writer)
        cadence.save(into: &writer)
        tail.save(into: &writer)
        writer.put(Int(count))
    }

    /// Takes up what `save` wrote.
    public init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError) {
        plain = try Forecast(restoring: &reader)
        seasonal = try Forecast(restoring: &reader)
        if try reader.bool() { season = try Season(restoring: &reader) }
        finder = try SeasonFinder(restoring: &reader)
        cadence = try Cadence(restoring: &reader)
        tail = try TailScale(restoring: &reader)
        count = UInt32(try reader.int(in: 0...Int(UInt32.max)))
    }
}
