// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

extension TailScale {
    /// Fits the tail to the bins farthest out, and says when to do so again.
    mutating func fit() {
        let count = count
        untilFit = Int32(max(16, min(count / 8, 4096)))
        tail = nil
        let wanted = Float(min(0.2 * count, 3 * count.squareRoot()) * unit)
        guard wanted >= Float(10 * unit) else { return }
        var beyond: Float = 0
        var first = counts.count
        while first > 0, beyond < wanted {
            first -= 1
            beyond += counts[first]
        }
        // A heap of equal values at the edge is no tail: it begins beyond them.
        if beyond > 2 * wanted {
            beyond -= counts[first]
            first += 1
        }
        guard beyond >= Float(8 * unit), first < counts.count else { return }
        let edge = Self.edge(of: first)
        var excesses: [ParetoTail.Excess] = []
        for bin in first..<counts.count where counts[bin] > 0 {
            let middle = (Self.edge(of: bin) + Self.edge(of: bin + 1)) / 2
            excesses.append(.init(height: middle - edge, weight: Double(counts[bin])))
        }
        let fitted = ParetoTail.fitted(to: excesses, count: Double(beyond) / unit)
        guard let fitted else { return }
        tail = ParetoTail(
            edge: edge,
            share: min(1, Double(beyond) / total),
            shape: fitted.shape,
            scale: fitted.scale
        )
    }

    /// How many bytes it takes, arrays included.
    public var byteCount: Int {
        MemoryLayout<Self>.stride + 2 * arrayHeader
            + (counts.count + octaves.count) * MemoryLayout<Float>.stride
    }

    /// Writes everything it knows.
    public func save(into writer: inout StateWriter) {
        let first = counts.firstIndex { $0 != 0 } ?? 0
        let end = (counts.lastIndex { $0 != 0 } ?? -1) + 1
        writer.put(first)
        writer.put(Array(counts[min(first, end)..<end]))
        // Sums of rounded numbers depend on their order: they are kept, not added up anew.
        writer.put(octaves)
        writer.put(total)
        writer.put(unit)
        writer.put(Int(untilFit))
        writer.put(Int(run))
        writer.put(tail != nil)
        guard let tail else { return }
        for number in [tail.edge, tail.share, tail.shape, tail.scale] { writer.put(number) }
    }

    /// Takes up what `save` wrote.
    public init(restoring reader: inout StateReader) throws(StateError) {
        self.init()
        let first = try reader.int(in: 0...Self.bins - 1)
        let used = try Self.weights(&reader, most: Self.bins - first)
        for (place, weight) in used.enumerated() { counts[first + place] = weight }
        let sums = try Self.weights(&reader, most: octaves.count)
        guard sums.count == octaves.count else {
            throw StateError("a scale has another number of octaves")
        }
        octaves = sums
        total = try reader.finite(in: 0...1e30)
        unit = try reader.finite(in: 1...1e13)
        untilFit = Int32(try reader.int(in: 0...1 << 20))
        run = Int32(try reader.int(in: 0...Int(Int32.max) - 1))
        guard try reader.bool() else { return }
        tail = ParetoTail(
            edge: try reader.finite(in: 0...1e9),
            share: try reader.finite(in: 0...1),
            shape: try reader.finite(in: -1...1),
            scale: try reader.finite(in: 1e-300...1e300)
        )
    }

    private static func weights(
        _ reader: inout StateReader,
        most: Int
    ) throws(StateError) -> [Float] {
        let weights = try reader.floats(limit: most)
        guard weights.allSatisfy({ $0 >= 0 && $0 <= 1e30 }) else {
            throw StateError("a weight is out of its range")
        }
        return weights
    }
}
