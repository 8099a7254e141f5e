// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What the work of an evaluation costs, in units of about one simple operator.
///
/// Operators on scalars are free at run time: the source bounds how many there are. Metered is what
/// grows with the data: every round of a comprehension, and every walk over text or a list. The
/// meter (``Frame``) and the estimate (``Estimator``) both read this table.
enum Cost {
    /// One round of a comprehension, besides the nodes of its body.
    static let round = 2
    /// One node of a comprehension's body, in every round.
    static let node = 1

    /// One round with a body of this many nodes.
    static func round(of comprehension: TypedNode.Comprehension) -> Int {
        let size = (comprehension.condition?.size ?? 0) + (comprehension.transform?.size ?? 0)
        return round + size * node
    }

    /// A walk over a value of this extent, see ``Value/extent``; what is small is free.
    static func walk(_ extent: Int) -> Int { extent == 0 ? 0 : plus(extent, 1) }

    /// Comparing two values: a text or bytes only as far as the shorter one goes.
    static func comparison(_ left: Value, _ right: Value) -> Int {
        switch (left, right) {
        case (.string, .string), (.bytes, .bytes): walk(min(left.extent, right.extent))
        case (.list(let values), .list(let others)):
            values.count == others.count ? walk(left.deepExtent) : 0
        case (.map(let map), .map(let other)):
            map.count == other.count ? walk(left.deepExtent) : 0
        default: 0
        }
    }

    /// Matching text of so many bytes against so many instructions.
    static func match(bytes: Int, instructions: Int) -> Int {
        let (product, overflows) = plus(bytes, 1).multipliedReportingOverflow(by: instructions)
        return overflows ? Int.max / 2 : product / 8 + 1
    }

    /// Compiling a pattern of so many bytes that is known only at run time.
    static func pattern(length: Int) -> Int { 64 + min(length, Int.max / 128) * 64 }

    /// A sum that stays at the largest number.
    static func plus(_ left: Int, _ right: Int) -> Int {
        let (sum, overflows) = left.addingReportingOverflow(right)
        return overflows ? Int.max : sum
    }

    /// A product of numbers that are not negative, which stays at the largest number.
    static func times(_ left: Int, _ right: Int) -> Int {
        let (product, overflows) = left.multipliedReportingOverflow(by: right)
        return overflows ? Int.max : product
    }
}
