// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// How far a stream is from its own last few hundred readings, in what those usually deviate.
struct LocalLevel: Equatable, Sendable {
    private var level = 0.0
    private var deviation = 0.0
    /// The distance, averaged over each of the spans.
    private(set) var smooth = [0.0, 0.0, 0.0]

    private static let memory = 226.0
    private static let spans = [1.0, 4.0, 16.0]

    /// Follows a value; `frame` has learned it already, `scale` is what it was before.
    mutating func follow(_ value: Double, scale: Double, in frame: RunningFrame) {
        let unit = 1.25 * deviation + 0.4 * scale
        let distance = frame.count > 10 ? frame.bounded((value - level) / unit) : 0
        let rate = max(1 / frame.count, 1 / Self.memory)
        if frame.count <= 1 { level = value }
        let error = (value - level).magnitude
        let credible = frame.count > 30 ? min(error, 5 * deviation + 0.4 * scale) : error
        deviation += rate * (credible - deviation)
        level += rate * (value - level)
        for index in smooth.indices {
            smooth[index] += (distance - smooth[index]) / Self.spans[index]
        }
    }
}

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
        long[index] += max(1 / count, 1 / (8.176 * span)) * (step - long[index])
        return ratio
    }
}

extension LocalLevel {
    var byteCount: Int { arrayHeader + smooth.count * MemoryLayout<Double>.stride }

    func save(into writer: inout StateWriter) {
        writer.put(level)
        writer.put(deviation)
        writer.put(smooth)
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        level = try reader.finite(in: -1e150...1e150)
        deviation = try reader.finite(in: 0...1e150)
        smooth = try reader.bounded(Self.spans.count, in: -1e6...1e6)
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
