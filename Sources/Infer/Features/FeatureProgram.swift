// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What features are checked against: the fields there are, and how they are gathered.
struct FeatureScope: Sendable {
    var fields: [ReadingSpec.Field]
    /// Nil where features look at one reading.
    var window: WindowSpec?
    /// How many numbers of a series there are in a second; nil where nothing says so.
    var rate: Double?
}

/// One step of a feature: its operands are the results of earlier steps, by their places.
enum FeatureStep: Hashable, Sendable {
    /// A category that `one_hot` knows.
    enum Category: Hashable, Sendable {
        case text(String)
        case number(Double)
    }

    /// What the spectrum of a series is asked for.
    enum Spectral: Hashable, Sendable {
        case bands([Double])
        case peak
        case centroid
    }

    case column(Int)
    case constant(Double)
    case statistic(SeriesFunction, Int)
    case slope(Int)
    case tracked(SeriesFunction, track: Int)
    case trackedSlope(track: Int)
    case quantile(Int, Double)
    case lag(Int, Int)
    case delta(Int, Int)
    /// At so many numbers a second; nil where the readings' times say it.
    case spectral(Spectral, Int, rate: Double?)
    case oneHot(slot: Int, [Category])
    case map(FeatureMapping, Int)
    case clip(Int, low: Double, high: Double)
    case scale(Int, mean: Double, deviation: Double)
    case arithmetic(FeatureArithmetic, Int, Int)
    case difference(Int)
    case interleave([Int])
    case mel(MelSpec, Int)
}

/// Features as steps, each made once however many features share it.
///
/// Immutable; each thread evaluates it in a ``FeatureWorkspace`` of its own.
struct FeatureProgram: Sendable {
    /// A field over a span of its own.
    struct Track: Hashable, Sendable {
        var column: Int
        var span: Interval
    }

    /// What is known of a result when the model is loaded.
    enum Form: Equatable, Sendable {
        case number
        /// Of so many numbers; nil where that is open.
        case series(Int?)
        /// A number or a series, as the reading has it.
        case any
    }

    private(set) var scope: FeatureScope
    private(set) var steps: [FeatureStep] = []
    private(set) var forms: [Form] = []
    /// The slots of the fields that columns stand for.
    private(set) var columns: [Int] = []
    private(set) var tracks: [Track] = []
    /// The slots of the fields that are looked at as they are.
    private(set) var direct: [Int] = []
    /// Whether times of single readings are asked for.
    private(set) var usesTimes = false
    /// Which columns are laid out one number after the other, as opposed to only summed up.
    private(set) var laysOut: [Bool] = []
    private var places: [FeatureStep: Int] = [:]

    init(_ scope: FeatureScope) {
        self.scope = scope
    }

    /// The place of `step`, which is added where it is new.
    mutating func place(of step: FeatureStep, _ form: Form) -> Int {
        if let place = places[step] { return place }
        steps.append(step)
        forms.append(form)
        places[step] = steps.count - 1
        return steps.count - 1
    }

    mutating func column(ofSlot slot: Int) -> Int {
        if let column = columns.firstIndex(of: slot) { return column }
        columns.append(slot)
        return columns.count - 1
    }

    mutating func track(_ track: Track) -> Int {
        if let place = tracks.firstIndex(of: track) { return place }
        tracks.append(track)
        return tracks.count - 1
    }

    mutating func lookDirectly(atSlot slot: Int) {
        if !direct.contains(slot) { direct.append(slot) }
    }

    mutating func askForTimes() { usesTimes = true }

    /// Works out which columns `outputs` and the steps want laid out: all, unless blocks are summed up.
    mutating func seal(outputs: [Int], hasBlocks: Bool) {
        laysOut = Array(repeating: !hasBlocks, count: columns.count)
        for (place, step) in steps.enumerated() {
            guard case .column(let column) = step else { continue }
            let isRead = steps.contains { $0.operands.contains(place) && !$0.onlySums(scope.rate) }
            if isRead || outputs.contains(place) { laysOut[column] = true }
        }
    }

    /// How many numbers the result at `place` has; nil where that is open.
    func width(of place: Int) -> Int? {
        switch forms[place] {
        case .number: 1
        case .series(let count): count
        case .any: nil
        }
    }
}

extension FeatureStep {
    /// The places of its operands.
    var operands: [Int] {
        switch self {
        case .column, .constant, .tracked, .trackedSlope, .oneHot: []
        case .statistic(_, let place), .slope(let place), .quantile(let place, _),
            .lag(let place, _), .delta(let place, _), .spectral(_, let place, _),
            .map(_, let place), .clip(let place, _, _), .scale(let place, _, _),
            .difference(let place), .mel(_, let place):
            [place]
        case .arithmetic(_, let left, let right): [left, right]
        case .interleave(let places): places
        }
    }

    /// True where sums over a series are all it needs of it.
    func onlySums(_ rate: Double?) -> Bool {
        switch self {
        case .statistic: true
        case .slope: rate == nil
        default: false
        }
    }
}
