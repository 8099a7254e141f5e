// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension StateWriter {
    /// Writes numbers of single precision by their bits, four bytes each, their count first.
    mutating func put(_ numbers: [Float]) {
        var block: [UInt8] = []
        block.reserveCapacity(4 * numbers.count)
        for number in numbers {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { block.append(contentsOf: $0) }
        }
        put(block)
    }

    /// Writes small whole numbers, two bytes each, their count first.
    mutating func put(_ numbers: [UInt16]) {
        var block: [UInt8] = []
        block.reserveCapacity(2 * numbers.count)
        for number in numbers {
            withUnsafeBytes(of: number.littleEndian) { block.append(contentsOf: $0) }
        }
        put(block)
    }
}

extension StateReader {
    /// Reads at most `limit` numbers of single precision, all finite.
    mutating func floats(limit: Int) throws(StateError) -> [Float] {
        let block = try block(limit: 4 * limit)
        guard block.count % 4 == 0 else { throw StateError("a number is cut off") }
        let numbers = stride(from: 0, to: block.count, by: 4).map { place in
            Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(block[place + $1]) << (8 * $1) })
        }
        guard numbers.allSatisfy(\.isFinite) else { throw StateError("a number is not finite") }
        return numbers
    }

    /// Reads exactly `count` small whole numbers.
    mutating func shorts(_ count: Int) throws(StateError) -> [UInt16] {
        let block = try block(limit: 2 * count)
        guard block.count == 2 * count else { throw StateError("there are not \(count) numbers") }
        return stride(from: 0, to: block.count, by: 2).map { place in
            UInt16(block[place]) | UInt16(block[place + 1]) << 8
        }
    }

    /// Reads a finite number in `range`.
    mutating func finite(in range: ClosedRange<Double>) throws(StateError) -> Double {
        let number = try finite()
        guard range.contains(number) else { throw StateError("a number is out of its range") }
        return number
    }
}

/// What an array takes beside its elements.
let arrayHeader = 32
