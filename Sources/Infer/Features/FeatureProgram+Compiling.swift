// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// From the text's tree to steps: every part is checked against the fields and the window.
extension FeatureProgram {
    /// Adds `tree`; answers the place of its result.
    mutating func add(_ tree: FeatureTree) throws(FeatureError) -> Int {
        switch tree.kind {
        case .number(let number): return place(of: .constant(number), .number)
        case .duration, .frequency:
            throw tree.error("a number is wanted here; found one with a unit")
        case .text: throw tree.error("a number is wanted here; found a text")
        case .name(let name): return try addField(name, at: tree)
        case .negation(let inner):
            let zero = place(of: .constant(0), .number)
            let operand = try add(inner)
            return place(of: .arithmetic(.subtract, zero, operand), forms[operand])
        case .arithmetic(let sign, let left, let right):
            let (first, second) = (try add(left), try add(right))
            let form = try joined(forms[first], forms[second], at: tree)
            return place(of: .arithmetic(sign, first, second), form)
        case .call(.statistic(let function), let arguments):
            return try addStatistic(function, arguments, at: tree)
        case .call(.map(let mapping), let arguments):
            let operand = try add(arguments[0])
            return place(of: .map(mapping, operand), forms[operand])
        case .call(.other(let function), let arguments):
            return try addCall(function, arguments, at: tree)
        }
    }

    private func joined(
        _ left: Form,
        _ right: Form,
        at tree: FeatureTree
    ) throws(FeatureError) -> Form {
        switch (left, right) {
        case (.number, let other), (let other, .number): return other
        case (.series(let first?), .series(let second?)) where first != second:
            throw tree.error("series of \(first) and of \(second) numbers do not fit together")
        case (.series(let first), .series(let second)): return .series(first ?? second)
        case (.series(let count), .any), (.any, .series(let count)): return .series(count)
        case (.any, .any): return .any
        }
    }

    // MARK: - Fields

    private func slot(_ name: String, at tree: FeatureTree) throws(FeatureError) -> Int {
        if let slot = scope.fields.firstIndex(where: { $0.name == name }) { return slot }
        throw tree.error(
            "unknown field `\(name)`",
            hint: Suggestion.hint(for: name, among: scope.fields.map(\.name))
        )
    }

    private mutating func addField(
        _ name: String,
        at tree: FeatureTree
    ) throws(FeatureError) -> Int {
        let slot = try slot(name, at: tree)
        let kind = scope.fields[slot].kind
        guard [.any, .number, .flag, .samples].contains(kind) else {
            throw tree.error(
                "a model wants numbers; field `\(name)` is a \(kind.rawValue)",
                hint: kind == .text ? "make numbers of it: `one_hot(\(name), …)`" : nil
            )
        }
        let column = column(ofSlot: slot)
        return place(of: .column(column), try form(kind, name, at: tree))
    }

    private func form(
        _ kind: ReadingSpec.FieldKind,
        _ name: String,
        at tree: FeatureTree
    ) throws(FeatureError) -> Form {
        guard let window = scope.window else {
            switch kind {
            case .samples: return .series(nil)
            case .number, .flag: return .number
            default: return .any
            }
        }
        if kind == .samples, !window.countsSamples {
            throw tree.error(
                "field `\(name)` is a series; this window is made of whole readings",
                hint: "say how many numbers of the series: `window: { samples: 1024 }`"
            )
        }
        return .series(window.length)
    }

    // MARK: - Calls

    /// The place of an argument that must be a series.
    mutating func addSeries(
        _ tree: FeatureTree,
        for name: String
    ) throws(FeatureError) -> Int {
        let operand = try add(tree)
        guard forms[operand] == .number else { return operand }
        if case .name(let field) = tree.kind {
            throw tree.error("`\(name)` wants a series; field `\(field)` is a number")
        }
        throw tree.error("`\(name)` wants a series; this is one number")
    }

    private mutating func addStatistic(
        _ function: SeriesFunction,
        _ arguments: [FeatureTree],
        at tree: FeatureTree
    ) throws(FeatureError) -> Int {
        if arguments.count == 2 {
            let track = try addTrack(arguments, for: function.rawValue)
            return place(of: .tracked(function, track: track), .number)
        }
        let operand = try addSeries(arguments[0], for: function.rawValue)
        return place(of: .statistic(function, operand), .number)
    }

    private mutating func addTrack(
        _ arguments: [FeatureTree],
        for name: String
    ) throws(FeatureError) -> Int {
        guard case .duration(let seconds) = arguments[1].kind,
            (0.001...366 * 86_400).contains(seconds)
        else {
            throw arguments[1].error("a span of time is wanted here, such as `10m`")
        }
        guard case .name(let field) = arguments[0].kind else {
            throw arguments[0].error("`\(name)` over a span of its own wants a field by itself")
        }
        guard scope.window != nil else {
            throw arguments[1].error(
                "a span of time wants a model with a `window`",
                hint: "`window: { count: 1 }` remembers spans and nothing else"
            )
        }
        // Checks that the field is there and has numbers.
        _ = try add(arguments[0])
        let slot = try slot(field, at: arguments[0])
        let span = Interval(nanoseconds: Int64(seconds * 1e9))
        return track(Track(column: column(ofSlot: slot), span: span))
    }

    private mutating func addCall(
        _ function: FeatureFunction.Other,
        _ arguments: [FeatureTree],
        at tree: FeatureTree
    ) throws(FeatureError) -> Int {
        let name = function.rawValue
        switch function {
        case .slope:
            if arguments.count == 2 {
                let track = try addTrack(arguments, for: name)
                return place(of: .trackedSlope(track: track), .number)
            }
            let operand = try addSeries(arguments[0], for: name)
            if try rate(nil, at: tree) == nil { askForTimes() }
            return place(of: .slope(operand), .number)
        case .lag, .delta:
            let operand = try addSeries(arguments[0], for: name)
            let steps = arguments.count == 2 ? try steps(arguments[1], of: operand) : 1
            return place(
                of: function == .lag ? .lag(operand, steps) : .delta(operand, steps),
                .number
            )
        case .median:
            return place(of: .quantile(try addSeries(arguments[0], for: name), 0.5), .number)
        case .quantile:
            let operand = try addSeries(arguments[0], for: name)
            let share = try number(arguments[1])
            guard (0...1).contains(share) else {
                throw arguments[1].error("a quantile lies between 0 and 1")
            }
            return place(of: .quantile(operand, share), .number)
        case .band, .bands, .peakFrequency, .centroid:
            return try addSpectral(function, arguments, at: tree)
        case .logMel, .mfcc: return try addMel(function, arguments, at: tree)
        case .oneHot: return try addOneHot(arguments)
        case .clip:
            let operand = try add(arguments[0])
            let (low, high) = (try number(arguments[1]), try number(arguments[2]))
            guard low <= high else { throw tree.error("the lower bound is above the upper one") }
            return place(of: .clip(operand, low: low, high: high), forms[operand])
        case .scale:
            let operand = try add(arguments[0])
            let (mean, deviation) = (try number(arguments[1]), try number(arguments[2]))
            guard deviation > 0 else {
                throw arguments[2].error("a standard deviation is more than 0")
            }
            return place(of: .scale(operand, mean: mean, deviation: deviation), forms[operand])
        case .diff:
            let operand = try addSeries(arguments[0], for: name)
            var count: Int?
            if case .series(let length?) = forms[operand] { count = max(0, length - 1) }
            return place(of: .difference(operand), .series(count))
        case .interleave:
            var operands: [Int] = []
            for argument in arguments { operands.append(try addSeries(argument, for: name)) }
            let lengths = operands.map(width(of:))
            if let first = lengths.compactMap(\.self).first,
                let other = lengths.compactMap(\.self).first(where: { $0 != first })
            {
                throw tree.error("series of \(first) and of \(other) numbers do not fit together")
            }
            let length = lengths.compactMap(\.self).first
            return place(of: .interleave(operands), .series(length.map { $0 * operands.count }))
        }
    }

    private mutating func addOneHot(_ arguments: [FeatureTree]) throws(FeatureError) -> Int {
        guard case .name(let name) = arguments[0].kind else {
            throw arguments[0].error("`one_hot` wants a field by itself")
        }
        let slot = try slot(name, at: arguments[0])
        var categories: [FeatureStep.Category] = []
        for argument in arguments.dropFirst() {
            let category: FeatureStep.Category =
                switch argument.kind {
                case .name(let text), .text(let text): .text(text)
                default: .number(try number(argument))
                }
            guard !categories.contains(category) else {
                throw argument.error("this category is there twice")
            }
            categories.append(category)
        }
        lookDirectly(atSlot: slot)
        return place(of: .oneHot(slot: slot, categories), .series(categories.count))
    }

    private mutating func addSpectral(
        _ function: FeatureFunction.Other,
        _ arguments: [FeatureTree],
        at tree: FeatureTree
    ) throws(FeatureError) -> Int {
        let operand = try addSeries(arguments[0], for: function.rawValue)
        let hasRate =
            function == .band ? arguments.count == 4 : function != .bands && arguments.count == 2
        let rate = try rate(hasRate ? arguments.last : nil, at: tree)
        if rate == nil { askForTimes() }
        guard function == .band || function == .bands else {
            let asked: FeatureStep.Spectral = function == .centroid ? .centroid : .peak
            return place(of: .spectral(asked, operand, rate: rate), .number)
        }
        var edges: [Double] = []
        for argument in arguments.dropFirst().prefix(function == .band ? 2 : arguments.count) {
            let edge = try frequency(argument)
            guard edge > edges.last ?? -1 else {
                throw argument.error("the frequencies of a band go up")
            }
            if let rate, edge > rate / 2 {
                throw argument.error(
                    "there is nothing above half the sample rate, \(rate / 2) Hz"
                )
            }
            edges.append(edge)
        }
        let form: Form = edges.count == 2 ? .number : .series(edges.count - 1)
        return place(of: .spectral(.bands(edges), operand, rate: rate), form)
    }

    // MARK: - Constants

    /// The sample rate: as written, or the model's; nil where the readings' times say it.
    func rate(
        _ argument: FeatureTree?,
        at tree: FeatureTree
    ) throws(FeatureError) -> Double? {
        if let argument {
            let rate = try frequency(argument)
            guard rate > 0 else { throw argument.error("a sample rate is more than 0") }
            return rate
        }
        if let rate = scope.rate { return rate }
        guard let window = scope.window, !window.countsSamples else {
            throw tree.error(
                "the sample rate is not known",
                hint: "add it to the model: `rate: 25.6kHz`"
            )
        }
        return nil
    }

    func frequency(_ tree: FeatureTree) throws(FeatureError) -> Double {
        switch tree.kind {
        case .frequency(let hertz): return hertz
        case .number(0): return 0
        default:
            throw tree.error("a frequency with its unit is wanted here, such as `50Hz` or `1kHz`")
        }
    }

    private func number(_ tree: FeatureTree) throws(FeatureError) -> Double {
        switch tree.kind {
        case .number(let number): return number
        case .negation(let inner): return -(try number(inner))
        default: throw tree.error("a number is wanted here")
        }
    }

    private func steps(_ tree: FeatureTree, of operand: Int) throws(FeatureError) -> Int {
        let number = try number(tree)
        guard let steps = Int(exactly: number), (0...WindowSpec.lengthLimit).contains(steps) else {
            throw tree.error("a whole number is wanted here")
        }
        if case .series(let length?) = forms[operand], steps >= length {
            throw tree.error("the series has \(length) numbers")
        }
        return steps
    }
}
