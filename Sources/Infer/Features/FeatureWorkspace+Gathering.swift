// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// From the results of steps to a model's numbers.
extension FeatureWorkspace {
    /// Appends the results at `outputs`, which `expressions` were made to, to `numbers`.
    ///
    /// On an error none are appended; it tells why in the words of the expression.
    func gather<Number: BinaryFloatingPoint>(
        _ outputs: [Int],
        of program: FeatureProgram,
        _ expressions: [FeatureExpression],
        _ scaling: FeatureScaling,
        into numbers: inout [Number]
    ) throws(FeatureFailure) {
        let start = numbers.count
        for (index, place) in outputs.enumerated() {
            let result = results[place]
            var isSound = result.fault == nil
            for number in result.series {
                let scaled = Number(scaling(number, at: numbers.count - start))
                isSound = isSound && scaled.isFinite
                numbers.append(scaled)
            }
            if isSound { continue }
            numbers.removeLast(numbers.count - start)
            throw FeatureFailure(reason: reason(place, program, expressions[index]))
        }
    }

    private func reason(
        _ place: Int,
        _ program: FeatureProgram,
        _ expression: FeatureExpression
    ) -> String {
        var place = place
        while case .inherited(let earlier)? = results[place].fault { place = earlier }
        let what = results[place].fault.map(Self.words) ?? "is not a finite number"
        if expression.isField { return "field `\(expression.fields[0])` \(what)" }
        guard results[place].fault != nil, let field = program.field(under: place) else {
            return "`\(expression.text)` \(what)"
        }
        return "field `\(field)`, which `\(expression.text)` reads, \(what)"
    }

    private static func words(_ fault: Fault) -> String {
        switch fault {
        case .missing: "is missing"
        case .text: "is a text"
        case .bytes: "is a file"
        case .empty: "is an empty series"
        case .noSeries: "is no series"
        case .noScalar: "is a series"
        case .unequal: "is not as long as the series beside it"
        case .short(let count): "has fewer than \(count) numbers"
        case .timeless: "has no times that go forward"
        case .slow: "comes too seldom: a band lies above half its rate"
        case .inherited: "has no value"
        }
    }
}

extension FeatureProgram {
    /// The first field that the step at `place` is made of.
    func field(under place: Int) -> String? {
        switch steps[place] {
        case .column(let column): scope.fields[columns[column]].name
        case .oneHot(let slot, _): scope.fields[slot].name
        case .tracked(_, let track), .trackedSlope(let track):
            scope.fields[columns[tracks[track].column]].name
        default: steps[place].operands.lazy.compactMap { field(under: $0) }.first
        }
    }
}
