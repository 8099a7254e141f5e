// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A level and a damped trend that foretell the next number, and how far off they usually are.
struct Forecast: Sendable {
    /// How far off one forecast was.
    struct Miss {
        /// In the field's own unit, clipped at three times the usual.
        var clipped: Double
        /// The same, not clipped.
        var whole: Double
        /// In usual errors, without its sign.
        var distance: Double
    }

    private var level = 0.0
    private var trend = 0.0
    private var scale = 0.0
    /// The mean size of the last errors, about two hundred.
    private(set) var usualError = 0.0
    private var count: UInt16 = 0

    private static let damping = 0.95
    private static let memory = 200.0

    init() {}

    var isFinite: Bool { level.isFinite && trend.isFinite && scale.isFinite }

    /// How far `value` lies from the forecast with `season` added; `floor` is the least scale.
    func error(of value: Double, adding season: Double, floor: Double) -> Miss {
        guard count > 0 else { return Miss(clipped: 0, whole: value - season, distance: 0) }
        let whole = value - (level + Self.damping * trend + season)
        let unit = max(scale.squareRoot(), floor)
        let reach = count < 10 ? Double.infinity : 3 * unit
        return Miss(
            clipped: max(-reach, min(whole, reach)),
            whole: whole,
            distance: whole.magnitude / unit
        )
    }

    /// The same forecast, for a stream of which `season` is taken away.
    func without(_ season: Double) -> Self {
        var other = self
        other.level -= season
        return other
    }

    /// Moves level, trend and scale by a miss.
    mutating func learn(_ miss: Miss, alpha: Double, _ settings: HoltWinters.Settings) {
        guard count > 0 else {
            level = miss.whole
            count = 1
            return
        }
        if count < .max { count += 1 }
        let weight = max(1 / Self.memory, 1 / Double(count))
        let carried = Self.damping * trend
        level += carried + alpha * miss.clipped
        trend = carried + alpha * settings.beta * miss.clipped
        // What clipping takes from a normal error's variance at three deviations is 2.6 %.
        scale += weight * (miss.clipped * miss.clipped / 0.974 - scale)
        usualError += weight * (miss.clipped.magnitude - usualError)
    }
}

extension Forecast {
    func save(into writer: inout StateWriter) {
        for number in [level, trend, scale, usualError] { writer.put(number) }
        writer.put(Int(count))
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        level = try reader.finite()
        trend = try reader.finite()
        scale = try reader.finite(in: 0...Double.greatestFiniteMagnitude)
        usualError = try reader.finite(in: 0...Double.greatestFiniteMagnitude)
        count = UInt16(try reader.int(in: 0...Int(UInt16.max)))
    }
}
