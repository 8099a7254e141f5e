// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The last readings in the order they came and in order of size.
///
/// A look-up is a binary search or an index; a new number is a binary search and one move of at
/// most 8 bytes for each number held.
struct SortedWindow: Sendable {
    let capacity: Int
    /// In order of size.
    private(set) var sorted: [Double] = []
    private var arrivals: [Double] = []
    private var oldest = 0

    init(capacity: Int) {
        self.capacity = max(2, capacity)
    }

    var count: Int { sorted.count }

    /// Takes in `value`, which is finite, in place of the oldest when it is full.
    mutating func append(_ value: Double) {
        if arrivals.count < capacity {
            arrivals.append(value)
            sorted.insert(value, at: place(of: value))
            return
        }
        let gone = arrivals[oldest]
        arrivals[oldest] = value
        oldest = oldest + 1 == capacity ? 0 : oldest + 1
        // One place is closed and another opened: only what lies between them moves.
        let from = place(of: gone)
        var to = place(of: value)
        if to > from {
            to -= 1
            for index in from..<to { sorted[index] = sorted[index + 1] }
        } else {
            for index in stride(from: from, to: to, by: -1) { sorted[index] = sorted[index - 1] }
        }
        sorted[to] = value
    }

    /// How many numbers are less than `value`.
    func place(of value: Double) -> Int {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The number below which the share `part` of them lies; interpolated.
    func quantile(_ part: Double) -> Double {
        guard let last = sorted.last else { return 0 }
        let position = part * Double(sorted.count - 1)
        let below = Int(position)
        guard below + 1 < sorted.count else { return last }
        let rest = position - Double(below)
        return sorted[below] * (1 - rest) + sorted[below + 1] * rest
    }

    /// The median distance of the numbers from `median`, which is theirs.
    func medianDeviation(from median: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        // The nearest half of the numbers stands together; its ends balance where it is the
        // nearest.
        let half = sorted.count / 2 + 1
        var low = 0
        var high = sorted.count - half
        while low < high {
            let middle = (low + high) / 2
            let isRightNearer = sorted[middle + half] - median < median - sorted[middle]
            if isRightNearer { low = middle + 1 } else { high = middle }
        }
        return max(median - sorted[low], sorted[low + half - 1] - median)
    }
}

extension SortedWindow {
    var byteCount: Int { MemoryLayout<Self>.stride + 2 * arrayHeader + sorted.count * 16 }

    func save(into writer: inout StateWriter) {
        writer.put(arrivals[oldest...] + arrivals[..<oldest])
    }

    init(capacity: Int, restoring reader: inout StateReader) throws(StateError) {
        self.init(capacity: capacity)
        let values = try reader.doubles(limit: self.capacity)
        guard values.allSatisfy(\.isFinite) else { throw StateError("a number is not finite") }
        arrivals = values
        sorted = values.sorted()
    }
}
