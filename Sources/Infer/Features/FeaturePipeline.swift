// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
public import Vocabulary

/// Turns a reading's fields into a model's numbers, one expression after the other.
///
/// It looks at one reading at a time and keeps nothing. A field itself gives its number, 1 or 0
/// for a truth value, or all the numbers of a series; a function gives one number of a series.
public struct FeaturePipeline: Sendable {
    private struct Feature: Sendable {
        var slot: Int
        var function: SeriesFunction?
    }

    /// The expressions, in the order of the numbers.
    public let expressions: [FeatureExpression]
    /// How many numbers a reading makes; nil when that depends on how long its series are.
    public let width: Int?
    private let features: [Feature]

    /// The fields it reads: what must be on an allow-list before its numbers may leave.
    public var fieldsUsed: Set<String> { Set(expressions.map(\.field)) }

    /// Reads `expressions` and finds their fields among `fields`.
    public init(expressions: [String], fields: [ReadingSpec.Field]) throws(FeatureError) {
        var parsed: [FeatureExpression] = []
        for (index, text) in expressions.enumerated() {
            do throws(FeatureError) {
                parsed.append(try FeatureExpression(text))
            } catch {
                var placed = error
                placed.index = index
                throw placed
            }
        }
        try self.init(parsed, fields: fields)
    }

    /// Finds the fields of `expressions` among `fields`.
    public init(
        _ expressions: [FeatureExpression],
        fields: [ReadingSpec.Field]
    ) throws(FeatureError) {
        var features: [Feature] = []
        var width: Int? = 0
        for (index, expression) in expressions.enumerated() {
            let name = expression.field
            let length = name.count
            let offset = expression.fieldOffset
            guard let slot = fields.firstIndex(where: { $0.name == name }) else {
                throw FeatureError(
                    "unknown field `\(name)`",
                    hint: Suggestion.hint(for: name, among: fields.map(\.name)),
                    index: index,
                    offset: offset,
                    length: length
                )
            }
            let kind = fields[slot].kind
            guard Self.suits(kind, expression.function) else {
                let wanted = expression.function.map { "`\($0.rawValue)` wants a series" }
                throw FeatureError(
                    "\(wanted ?? "a model wants numbers"); field `\(name)` is a \(kind.rawValue)",
                    index: index,
                    offset: offset,
                    length: length
                )
            }
            features.append(Feature(slot: slot, function: expression.function))
            let isOpen = expression.function == nil && (kind == .samples || kind == .any)
            width = isOpen ? nil : width.map { $0 + 1 }
        }
        self.expressions = expressions
        self.features = features
        self.width = width
    }

    private static func suits(_ kind: ReadingSpec.FieldKind, _ function: SeriesFunction?) -> Bool {
        switch kind {
        case .any, .samples: true
        case .number, .flag: function == nil
        case .text, .bytes: false
        }
    }

    /// Appends the numbers of reading `row` to `numbers`; on an error none are appended.
    public func write(
        _ readings: ReadingBatch,
        row: Int,
        into numbers: inout [Float]
    ) throws(FeatureFailure) {
        try place(readings, row: row, into: &numbers)
    }

    /// The same for any width of number: detectors keep the field's own precision.
    func place<Number: BinaryFloatingPoint>(
        _ readings: ReadingBatch,
        row: Int,
        into numbers: inout [Number]
    ) throws(FeatureFailure) {
        let start = numbers.count
        let result = readings.samples.withUnsafeBufferPointer { samples in
            append(readings, row, samples, &numbers)
        }
        guard case .failure(let failure) = result else { return }
        numbers.removeLast(numbers.count - start)
        throw failure
    }

    private func append<Number: BinaryFloatingPoint>(
        _ readings: borrowing ReadingBatch,
        _ row: Int,
        _ samples: UnsafeBufferPointer<Double>,
        _ numbers: inout [Number]
    ) -> Result<Void, FeatureFailure> {
        // Features over one series often stand side by side: its sums are taken once.
        var statistics: (slot: Int, of: SeriesStatistics)?
        for (index, feature) in features.enumerated() {
            switch (readings[row, feature.slot], feature.function) {
            case (.number(let number), nil):
                numbers.append(Number(number))
            case (.flag(let flag), nil):
                numbers.append(flag ? 1 : 0)
            case (.samples(let range), _) where range.isEmpty:
                return failure(index, "is an empty series")
            case (.samples(let range), nil):
                for number in samples[range] {
                    numbers.append(Number(number))
                    guard Number(number).isFinite else { break }
                }
            case (.samples(let range), let function?):
                if statistics?.slot != feature.slot {
                    let series = UnsafeBufferPointer(rebasing: samples[range])
                    statistics = (feature.slot, SeriesStatistics(series))
                }
                numbers.append(Number(statistics?.of(function) ?? .nan))
            case (.absent, _):
                return failure(index, "is missing")
            case (.text, _):
                return failure(index, "is a text")
            case (.bytes, _):
                return failure(index, "is a file")
            case (.number, _?), (.flag, _?):
                return failure(index, "is no series")
            }
            guard let last = numbers.last, last.isFinite else {
                return failure(index, "is not a finite number")
            }
        }
        return .success(())
    }

    private func failure(_ index: Int, _ what: String) -> Result<Void, FeatureFailure> {
        let expression = expressions[index]
        let reader = expression.function == nil ? "" : ", which `\(expression.text)` reads,"
        return .failure(FeatureFailure(reason: "field `\(expression.field)`\(reader) \(what)"))
    }
}

/// Why one reading has no features.
public struct FeatureFailure: Error, Equatable, Sendable {
    /// The reason, without any of the reading's values.
    public var reason: String
}
