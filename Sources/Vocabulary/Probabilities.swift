// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The probabilities of a model's labels, in their order.
///
/// An array that the findings of one run share: a finding holds its own part of it, and allocates
/// nothing. Read it like an array; `Array(probabilities)` is a copy of its own.
public struct Probabilities: RandomAccessCollection, Equatable, Sendable {
    @usableFromInline let numbers: [Double]
    @usableFromInline let first: Int32
    @usableFromInline let size: Int32

    /// All of `numbers`.
    @inlinable
    public init(_ numbers: [Double]) {
        self.init(numbers, numbers.indices)
    }

    /// The part of `numbers` at `range`, which must lie in it.
    @inlinable
    public init(_ numbers: [Double], _ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= numbers.count)
        self.numbers = numbers
        first = Int32(range.lowerBound)
        size = Int32(range.count)
    }

    /// Always 0.
    @inlinable public var startIndex: Int { 0 }
    /// How many labels there are.
    @inlinable public var endIndex: Int { Int(size) }

    /// The probability of the label at `index`.
    @inlinable
    public subscript(index: Int) -> Double {
        precondition(index >= 0 && index < Int(size), "no such label")
        return numbers[Int(first) + index]
    }

    /// Lets `body` read the numbers where they lie.
    @inlinable
    public func withUnsafeBufferPointer<Result>(
        _ body: (UnsafeBufferPointer<Double>) -> Result
    ) -> Result {
        numbers.withUnsafeBufferPointer { all in
            body(UnsafeBufferPointer(rebasing: all[Int(first)..<Int(first + size)]))
        }
    }

    /// Equal numbers in the same order.
    public static func == (left: Probabilities, right: Probabilities) -> Bool {
        left.elementsEqual(right)
    }
}

extension Probabilities: ExpressibleByArrayLiteral, CustomStringConvertible {
    /// The numbers as they are written.
    public init(arrayLiteral elements: Double...) {
        self.init(elements)
    }

    /// As an array's.
    public var description: String { Array(self).description }
}
