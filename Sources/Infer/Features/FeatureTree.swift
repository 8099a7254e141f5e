// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A feature as it was written, with the place of each part in the text.
struct FeatureTree: Equatable, Sendable {
    /// What a part is.
    indirect enum Kind: Equatable, Sendable {
        case number(Double)
        /// A length of time, in seconds.
        case duration(Double)
        /// A frequency, in hertz.
        case frequency(Double)
        /// A text in quotes.
        case text(String)
        /// A field, or a text without quotes.
        case name(String)
        case negation(FeatureTree)
        case arithmetic(FeatureArithmetic, FeatureTree, FeatureTree)
        case call(FeatureFunction, [FeatureTree])
    }

    var kind: Kind
    /// Where it begins, in characters from 0.
    var offset: Int
    /// How many characters it has.
    var length: Int

    /// An error about this part.
    func error(_ message: String, hint: String? = nil) -> FeatureError {
        FeatureError(message, hint: hint, offset: offset, length: length)
    }

    /// Gives the fields it reads to `found`, first ones first.
    func collectFields(into found: inout [String]) {
        switch kind {
        case .number, .duration, .frequency, .text: break
        case .name(let name): if !found.contains(name) { found.append(name) }
        case .negation(let tree): tree.collectFields(into: &found)
        case .arithmetic(_, let left, let right):
            left.collectFields(into: &found)
            right.collectFields(into: &found)
        case .call(let function, let arguments):
            let readers = function.readsNames ? arguments.prefix(1) : arguments[...]
            for argument in readers { argument.collectFields(into: &found) }
        }
    }
}

/// The operators between two numbers, or the numbers of two series.
enum FeatureArithmetic: String, Hashable, Sendable {
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"

    @inline(__always)
    func callAsFunction(_ left: Double, _ right: Double) -> Double {
        switch self {
        case .add: left + right
        case .subtract: left - right
        case .multiply: left * right
        case .divide: left / right
        }
    }
}
