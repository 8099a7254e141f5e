// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The functions of the feature language.
enum FeatureFunction: Hashable, Sendable {
    /// A statistic of a series, over all of it or a span of its own: `mean(x)`, `max(x, 10m)`.
    case statistic(SeriesFunction)
    /// A function of each number: `log(x)`.
    case map(FeatureMapping)
    case other(Other)

    /// Those that are neither.
    enum Other: String, CaseIterable, Sendable {
        /// `slope(x)`, `slope(x, 10m)`: the rise of the line through a series, per second.
        case slope
        /// `lag(x, n)`: the number n places before the newest.
        case lag
        /// `delta(x)`, `delta(x, n)`: the newest number less the one n places before it.
        case delta
        /// `median(x)`: the middle of the numbers in order.
        case median
        /// `quantile(x, 0.9)`: between the two nearest in order, as much as the share says.
        case quantile
        /// `band(x, 1kHz, 4kHz)`: the mean square of what lies between two frequencies.
        case band
        /// `bands(x, 0Hz, 1kHz, 4kHz)`: the same between each frequency and the next.
        case bands
        /// `peak_frequency(x)`: where the spectrum is greatest, the constant part left out; 0 for a series
        /// that does not vary.
        case peakFrequency = "peak_frequency"
        /// `centroid(x)`: the mean frequency of the spectrum, the constant part left out; 0 likewise.
        case centroid
        /// `one_hot(x, a, b, c)`: 1 in the place of the text or number that it is, 0 in the others.
        case oneHot = "one_hot"
        /// `clip(x, low, high)`: at least low, at most high.
        case clip
        /// `scale(x, mean, std)`: (x − mean) / std.
        case scale
        /// `diff(x)`: each number less the one before it.
        case diff
        /// `interleave(x, y)`: the first of each series, then the second of each, and so on.
        case interleave
        /// `log_mel(x, 512, 256, 40)`: bands of mel in decibels, a row a band and a number a frame.
        case logMel = "log_mel"
        /// `mfcc(x, 512, 256, 40, 13)`: the cepstral coefficients of the same.
        case mfcc
    }

    init?(name: String) {
        if let statistic = SeriesFunction(rawValue: name) {
            self = .statistic(statistic)
        } else if let mapping = FeatureMapping(rawValue: name) {
            self = .map(mapping)
        } else if let other = Other(rawValue: name) {
            self = .other(other)
        } else {
            return nil
        }
    }

    var name: String {
        switch self {
        case .statistic(let statistic): statistic.rawValue
        case .map(let mapping): mapping.rawValue
        case .other(let other): other.rawValue
        }
    }

    /// All names, for hints.
    static var names: [String] {
        SeriesFunction.allCases.map(\.rawValue) + FeatureMapping.allCases.map(\.rawValue)
            + Other.allCases.map(\.rawValue)
    }

    /// How it is written, for messages.
    var usage: String {
        switch self {
        case .statistic(let statistic):
            statistic.hasSpan ? "\(name)(x) or \(name)(x, 10m)" : "\(name)(x)"
        case .map: "\(name)(x)"
        case .other(let other):
            switch other {
            case .slope: "slope(x) or slope(x, 10m)"
            case .lag: "lag(x, 3)"
            case .delta: "delta(x) or delta(x, 3)"
            case .median: "median(x)"
            case .quantile: "quantile(x, 0.9)"
            case .band: "band(x, 1kHz, 4kHz) or band(x, 1kHz, 4kHz, 25.6kHz)"
            case .bands: "bands(x, 0Hz, 1kHz, 4kHz)"
            case .peakFrequency, .centroid: "\(name)(x) or \(name)(x, 25.6kHz)"
            case .oneHot: "one_hot(x, idle, running)"
            case .clip: "clip(x, 0, 1)"
            case .scale: "scale(x, 20, 5)"
            case .diff: "diff(x)"
            case .interleave: "interleave(x, y)"
            case .logMel: "log_mel(x, FRAME, HOP, BANDS) and options"
            case .mfcc: "mfcc(x, FRAME, HOP, BANDS, COEFFICIENTS) and options"
            }
        }
    }

    /// How many arguments it takes.
    var arguments: ClosedRange<Int> {
        switch self {
        case .statistic(let statistic): statistic.hasSpan ? 1...2 : 1...1
        case .map: 1...1
        case .other(let other):
            switch other {
            case .slope, .delta, .peakFrequency, .centroid: 1...2
            case .lag, .quantile: 2...2
            case .median, .diff: 1...1
            case .band: 3...4
            case .bands: 3...65
            case .oneHot: 2...257
            case .clip, .scale: 3...3
            case .interleave: 2...64
            case .logMel: 4...16
            case .mfcc: 5...17
            }
        }
    }

    /// True where the arguments after the first are texts and no fields.
    var readsNames: Bool {
        switch self {
        case .other(.oneHot), .other(.logMel), .other(.mfcc): true
        default: false
        }
    }
}

extension SeriesFunction {
    /// True where it can look back over a span of time of its own.
    var hasSpan: Bool {
        switch self {
        case .first, .last: false
        default: true
        }
    }
}

/// The functions of one number, or of each number of a series.
enum FeatureMapping: String, CaseIterable, Sendable {
    /// The natural logarithm.
    case log
    /// The common logarithm.
    case log10
    /// The natural logarithm of one more.
    case log1p
    /// The magnitude.
    case abs
    /// The square root.
    case sqrt
    /// e to that power.
    case exp
}
