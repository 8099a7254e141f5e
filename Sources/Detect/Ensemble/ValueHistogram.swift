// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How often which values have come, over a range that doubles when one lies outside.
struct ValueHistogram: Equatable, Sendable {
    private static let bins = 128

    private var counts: [Float] = Array(repeating: 0, count: bins)
    private var total: Float = 0
    private var lowest = 0.0
    /// How wide a bin is; 0 as long as all values are the same.
    private var width = 0.0

    /// The share of values close to `value`, which is never 0 nor 1.
    func density(at value: Double) -> Double {
        (close(to: value) + 0.5) / Double(total + 2)
    }

    private func close(to value: Double) -> Double {
        guard width > 0 else { return value == lowest ? Double(total) : 0 }
        guard value >= lowest, value < lowest + Double(Self.bins) * width else { return 0 }
        let bin = bin(of: value)
        let sides =
            (bin > 0 ? counts[bin - 1] : 0) + (bin + 1 < Self.bins ? counts[bin + 1] : 0)
        return Double(counts[bin] + 0.5 * sides)
    }

    /// The share of values below `value`, those alike by half; one half before there are any.
    func rank(of value: Double) -> Double {
        guard total > 0 else { return 0.5 }
        guard width > 0 else { return value == lowest ? 0.5 : value < lowest ? 0 : 1 }
        guard value >= lowest else { return 0 }
        let bin = bin(of: value)
        var below: Float = 0
        for other in 0..<bin { below += counts[other] }
        return Double((below + 0.5 * counts[bin]) / total)
    }

    /// Learns a value, which is finite and below 1e120.
    mutating func count(_ value: Double) {
        if total == 0 { lowest = value }
        total += 1
        guard width > 0 else {
            if value == lowest {
                counts[0] += 1
            } else {
                spread(to: value)
            }
            return
        }
        // A range that would have to grow by more than 2^40 at once keeps such values in its last bin.
        for _ in 0..<40 where value < lowest { double(downwards: true) }
        for _ in 0..<40 where value >= lowest + Double(Self.bins) * width {
            double(downwards: false)
        }
        counts[bin(of: value)] += 1
        guard total >= 60_000 else { return }
        for bin in counts.indices { counts[bin] *= 0.5 }
        total = counts.reduce(0, +)
    }

    private mutating func spread(to value: Double) {
        let distance = (value - lowest).magnitude
        let (before, weight) = (lowest, counts[0])
        counts[0] = 0
        lowest = min(value, before) - 0.25 * distance
        width = 1.5 * distance / Double(Self.bins)
        guard width > 0 else {
            // Neighbours closer than a number can tell count as one value.
            (lowest, counts[0]) = (before, weight + 1)
            return
        }
        counts[bin(of: before)] = weight
        counts[bin(of: value)] += 1
    }

    private mutating func double(downwards: Bool) {
        if downwards {
            for bin in stride(from: Self.bins - 2, through: 0, by: -2) {
                counts[Self.bins / 2 + bin / 2] = counts[bin] + counts[bin + 1]
            }
            for bin in 0..<Self.bins / 2 { counts[bin] = 0 }
            lowest -= Double(Self.bins) * width
        } else {
            for bin in stride(from: 0, to: Self.bins, by: 2) {
                counts[bin / 2] = counts[bin] + counts[bin + 1]
            }
            for bin in Self.bins / 2..<Self.bins { counts[bin] = 0 }
        }
        width *= 2
    }

    private func bin(of value: Double) -> Int {
        Int(max(0, min(Double(Self.bins - 1), (value - lowest) / width)))
    }
}

extension ValueHistogram {
    var byteCount: Int { arrayHeader + counts.count * MemoryLayout<Float>.stride }

    func save(into writer: inout StateWriter) {
        writer.put(counts)
        writer.put(Double(total))
        writer.put(lowest)
        writer.put(width)
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        let counts = try reader.floats(limit: Self.bins)
        guard counts.count == Self.bins, counts.allSatisfy({ $0 >= 0 && $0 <= 100_000 }) else {
            throw StateError("a histogram has other counts")
        }
        self.counts = counts
        total = Float(try reader.finite(in: 0...100_000))
        lowest = try reader.finite(in: -1e150...1e150)
        width = try reader.finite(in: 0...1e150)
    }
}
