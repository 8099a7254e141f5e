// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Writes what outlives a restart: the state of windows and detectors, as little-endian bytes.
///
/// The layout is the caller's, told apart by a version that the caller writes first; `StateReader`
/// reads the same values in the same order. Numbers are written whole, so that what is restored
/// goes on exactly as it would have.
public struct StateWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []

    /// Makes a writer with nothing in it.
    public init() {}

    /// Writes a whole number.
    public mutating func put(_ number: Int64) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Writes a count, an index or a version.
    public mutating func put(_ number: Int) { put(Int64(number)) }

    /// Writes a number by its bits.
    public mutating func put(_ number: Double) { put(Int64(bitPattern: number.bitPattern)) }

    /// Writes a truth value.
    public mutating func put(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    /// Writes a text, its length first.
    public mutating func put(_ text: String) {
        put(text.utf8.count)
        bytes.append(contentsOf: text.utf8)
    }

    /// Writes numbers, their count first.
    public mutating func put(_ numbers: some Collection<Double>) {
        put(numbers.count)
        for number in numbers { put(number) }
    }

    /// Writes bytes, their count first.
    public mutating func put(_ block: [UInt8]) {
        put(block.count)
        bytes.append(contentsOf: block)
    }

    /// Writes a time, which may be unknown.
    public mutating func put(_ time: WallTime?) {
        put(time != nil)
        if let time { put(time.nanoseconds) }
    }
}
