// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Every number of a policy's readings, one after the other; a field that has none is not a number.
struct NumberFields: Sendable {
    /// The slots of fields that are numbers, or may be.
    let slots: [Int]
    let names: Set<String>

    /// Finds them among `fields`; nil when none can be a number.
    init?(_ fields: [ReadingSpec.Field]) {
        slots = fields.indices.filter { [.number, .any].contains(fields[$0].kind) }
        guard !slots.isEmpty else { return nil }
        names = Set(slots.map { fields[$0].name })
    }

    /// Appends one number a field; throws when no field of the reading has one.
    func place<Number: BinaryFloatingPoint>(
        _ readings: ReadingBatch,
        row: Int,
        into numbers: inout [Number]
    ) throws(FeatureFailure) {
        let start = numbers.count
        var isThere = false
        for slot in slots {
            if case .number(let number) = readings[row, slot], number.isFinite {
                numbers.append(Number(number))
                isThere = true
            } else {
                numbers.append(.nan)
            }
        }
        guard isThere else {
            numbers.removeLast(numbers.count - start)
            throw FeatureFailure(reason: "no field of the reading is a number")
        }
    }
}
