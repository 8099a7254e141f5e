// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Turns a reading's fields into a model's numbers, one expression after the other.
///
/// It keeps nothing from reading to reading. A field itself gives its number, 1 or 0 for a truth
/// value, or all the numbers of a series; a function gives what it makes of one. Of a model with a
/// window the same expressions are evaluated over the window, by ``WindowGroup``.
public final class FeaturePipeline: Sendable {
    /// The expressions, in the order of the numbers.
    public let expressions: [FeatureExpression]
    /// How many numbers a reading makes; nil when that depends on how long its series are.
    public let width: Int?
    let scaling: FeatureScaling
    private let program: FeatureProgram
    private let outputs: [Int]
    /// The slots, where every expression is a field by itself.
    let plainSlots: [Int]?

    /// The fields it reads: what must be on an allow-list before its numbers may leave.
    public var fieldsUsed: Set<String> { Set(expressions.flatMap(\.fields)) }

    /// What the expressions were checked against.
    var scope: FeatureScope { program.scope }

    /// Reads `expressions` and finds their fields among `fields`.
    public convenience init(
        expressions: [String],
        fields: [ReadingSpec.Field]
    ) throws(FeatureError) {
        var parsed: [FeatureExpression] = []
        for (index, text) in expressions.enumerated() {
            do throws(FeatureError) {
                parsed.append(try FeatureExpression(text))
            } catch {
                throw error.placed(index)
            }
        }
        try self.init(parsed, FeatureScope(fields: fields))
    }

    /// Checks `expressions` against `scope`.
    init(
        _ expressions: [FeatureExpression],
        _ scope: FeatureScope,
        scaling: FeatureScaling = .none
    ) throws(FeatureError) {
        var program = FeatureProgram(scope)
        let outputs = try program.add(expressions)
        program.seal(outputs: outputs, hasBlocks: false)
        var width: Int? = 0
        for (index, place) in outputs.enumerated() {
            let one = program.width(of: place)
            if scope.window != nil, one == nil {
                throw FeatureError(
                    "a window of time has no fixed number of readings",
                    hint: "take one number of it: `mean(x)`, `last(x)`, or say `count: 64`",
                    index: index,
                    offset: 0,
                    length: expressions[index].text.count
                )
            }
            width = width.flatMap { sum in one.map { sum + $0 } }
        }
        let slots = outputs.compactMap { place -> Int? in
            guard case .column(let column) = program.steps[place] else { return nil }
            return program.columns[column]
        }
        self.expressions = expressions
        self.program = program
        self.outputs = outputs
        self.width = width
        self.scaling = scaling
        let isPlain = slots.count == outputs.count && scaling.isNone && scope.window == nil
        plainSlots = isPlain ? slots : nil
    }

    /// Appends the numbers of reading `row` to `numbers`; on an error none are appended.
    public func write(
        _ readings: ReadingBatch,
        row: Int,
        into numbers: inout [Float]
    ) throws(FeatureFailure) {
        try place(readings, row: row, into: &numbers, using: nil)
    }

    /// The same for any width of number: detectors keep the field's own precision.
    ///
    /// Without a `workspace` one is made for this call where the features want one.
    func place<Number: BinaryFloatingPoint>(
        _ readings: ReadingBatch,
        row: Int,
        into numbers: inout [Number],
        using workspace: FeatureWorkspace?
    ) throws(FeatureFailure) {
        if let plainSlots {
            return try placePlain(readings, row, plainSlots, &numbers)
        }
        let workspace = workspace ?? FeatureWorkspace()
        workspace.evaluate(program, readings, row: row)
        try workspace.gather(outputs, of: program, expressions, scaling, into: &numbers)
    }

    private func placePlain<Number: BinaryFloatingPoint>(
        _ readings: ReadingBatch,
        _ row: Int,
        _ slots: [Int],
        _ numbers: inout [Number]
    ) throws(FeatureFailure) {
        let start = numbers.count
        for (index, slot) in slots.enumerated() {
            let fault: String
            switch readings[row, slot] {
            case .number(let number):
                numbers.append(Number(number))
                if Number(number).isFinite { continue }
                fault = "is not a finite number"
            case .flag(let flag):
                numbers.append(flag ? 1 : 0)
                continue
            case .samples(let range):
                let isFinite = readings.samples.withUnsafeBufferPointer { samples in
                    for sample in samples[range] { numbers.append(Number(sample)) }
                    return samples[range].allSatisfy { Number($0).isFinite }
                }
                if isFinite, !range.isEmpty { continue }
                fault = range.isEmpty ? "is an empty series" : "is not a finite number"
            case .absent: fault = "is missing"
            case .text: fault = "is a text"
            case .bytes: fault = "is a file"
            }
            numbers.removeLast(numbers.count - start)
            throw FeatureFailure(reason: "field `\(expressions[index].text.blanksCut)` \(fault)")
        }
    }
}

/// The constants that a model's numbers are normalised with: (x − mean) / standard deviation.
struct FeatureScaling: Hashable, Sendable {
    /// As many as there are numbers, or none.
    var means: [Double]
    /// As many as there are numbers, or none.
    var deviations: [Double]

    /// Numbers stay as they are.
    static let none = FeatureScaling(means: [], deviations: [])

    var isNone: Bool { means.isEmpty && deviations.isEmpty }

    @inline(__always)
    func callAsFunction(_ number: Double, at index: Int) -> Double {
        let centred = index < means.count ? number - means[index] : number
        return index < deviations.count ? centred / deviations[index] : centred
    }
}

extension FeatureProgram {
    /// Adds `expressions`; answers the places of their results.
    mutating func add(_ expressions: [FeatureExpression]) throws(FeatureError) -> [Int] {
        var outputs: [Int] = []
        for (index, expression) in expressions.enumerated() {
            do throws(FeatureError) {
                outputs.append(try add(expression.tree))
            } catch {
                throw error.placed(index)
            }
        }
        return outputs
    }
}

extension FeatureError {
    /// The same error of the expression at `index`.
    func placed(_ index: Int) -> FeatureError {
        var placed = self
        placed.index = index
        return placed
    }
}

extension String {
    /// It without the blanks at both ends.
    fileprivate var blanksCut: Substring {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start }
        return start[...last]
    }
}
