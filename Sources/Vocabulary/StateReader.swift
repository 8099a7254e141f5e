// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Reads what a `StateWriter` wrote, from bytes that nobody vouches for.
///
/// Every length is checked against what is left before anything is taken for it.
public struct StateReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    /// Reads `bytes` from their beginning.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes[...]
        position = bytes.startIndex
    }

    /// How many bytes are left.
    public var remaining: Int { bytes.endIndex - position }

    /// Reads a whole number.
    public mutating func int64() throws(StateError) -> Int64 {
        guard remaining >= 8 else { throw StateError("it ends too early") }
        var number: UInt64 = 0
        for place in 0..<8 { number |= UInt64(bytes[position + place]) << (8 * UInt64(place)) }
        position += 8
        return Int64(bitPattern: number)
    }

    /// Reads a count, an index or a version, which must lie in `range`.
    public mutating func int(in range: ClosedRange<Int>) throws(StateError) -> Int {
        let number = try int64()
        guard let number = Int(exactly: number), range.contains(number) else {
            throw StateError("a count is out of its range")
        }
        return number
    }

    /// Reads a number by its bits; it may be none.
    public mutating func double() throws(StateError) -> Double {
        Double(bitPattern: UInt64(bitPattern: try int64()))
    }

    /// Reads a number that is finite.
    public mutating func finite() throws(StateError) -> Double {
        let number = try double()
        guard number.isFinite else { throw StateError("a number is not finite") }
        return number
    }

    /// Reads a truth value.
    public mutating func bool() throws(StateError) -> Bool {
        guard remaining >= 1, bytes[position] <= 1 else {
            throw StateError("a truth value is neither")
        }
        defer { position += 1 }
        return bytes[position] == 1
    }

    /// Reads a text of at most `limit` bytes.
    public mutating func text(limit: Int) throws(StateError) -> String {
        let block = try block(limit: limit)
        guard let text = String(validating: block, as: UTF8.self) else {
            throw StateError("a text is not UTF-8")
        }
        return text
    }

    /// Reads at most `limit` numbers.
    public mutating func doubles(limit: Int) throws(StateError) -> [Double] {
        let count = try int(in: 0...max(0, min(limit, remaining / 8 - 1)))
        var numbers: [Double] = []
        numbers.reserveCapacity(count)
        for _ in 0..<count { numbers.append(try double()) }
        return numbers
    }

    /// Reads at most `limit` bytes.
    public mutating func block(limit: Int) throws(StateError) -> [UInt8] {
        let count = try int(in: 0...max(0, min(limit, remaining - 8)))
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// Reads a time, which may be unknown.
    public mutating func time() throws(StateError) -> WallTime? {
        try bool() ? WallTime(nanoseconds: try int64()) : nil
    }
}

/// Why a state that was written earlier cannot be taken up.
public struct StateError: Error, Equatable, Sendable {
    /// What is wrong with it.
    public var message: String

    /// Makes an error.
    public init(_ message: String) { self.message = message }
}
