// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// How restless a stream is against how restless it has been: noise that grows, or dies away.
struct Restlessness: Equatable, Sendable {
    private var short = [0.0, 0.0, 0.0]
    private var long = [0.0, 0.0, 0.0]

    static let spans = [6.0, 24.0, 96.0]

    /// The logarithm of the span's ratio after a step; every span is told every step once.
    mutating func ratio(span index: Int, step: Double, count: Double) -> Double {
        let span = Self.spans[index]
        short[index] += max(1 / count, 1 / span) * (step - short[index])
        let ratio = log((short[index] + 1e-3) / (long[index] + 1e-3))
        long[index] += max(1 / count, 1 / (12 * span)) * (step - long[index])
        return ratio
    }
}

extension Restlessness {
    var byteCount: Int { 2 * (arrayHeader + short.count * MemoryLayout<Double>.stride) }

    func save(into writer: inout StateWriter) {
        writer.put(short)
        writer.put(long)
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        short = try reader.bounded(Self.spans.count, in: 0...1e6)
        long = try reader.bounded(Self.spans.count, in: 0...1e6)
    }
}
