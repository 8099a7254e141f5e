// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A short mean against a longer one, at six time scales: shifts of level, quick and slow.
///
/// A band-pass filter made of exponential means, the longer five times as long and 20 readings more.
struct LevelBands: Equatable, Sendable {
    private var short = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    private var long = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]

    static let spans = [1.0, 4.0, 12.0, 36.0, 100.0, 300.0]

    /// The band's difference after `value`; every band is told every value once.
    mutating func difference(band: Int, _ value: Double, count: Double) -> Double {
        let span = Self.spans[band]
        short[band] += max(1 / count, 1 / span) * (value - short[band])
        let difference = short[band] - long[band]
        long[band] += max(1 / count, 1 / (5 * span + 20)) * (value - long[band])
        return difference
    }
}

extension LevelBands {
    var byteCount: Int { 2 * (arrayHeader + short.count * MemoryLayout<Double>.stride) }

    func save(into writer: inout StateWriter) {
        writer.put(short)
        writer.put(long)
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        short = try reader.bounded(Self.spans.count, in: -1e6...1e6)
        long = try reader.bounded(Self.spans.count, in: -1e6...1e6)
    }
}
