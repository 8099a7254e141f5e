// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How far a stream is from its own last few hundred readings, in what those usually deviate.
struct LocalLevel: Equatable, Sendable {
    private var level = 0.0
    private var deviation = 0.0
    /// The distance, averaged over each of the spans.
    private(set) var smooth = [0.0, 0.0, 0.0]

    private static let memory = 200.0
    private static let spans = [1.0, 4.0, 16.0]

    /// Follows a value; `frame` has learned it already, `scale` is what it was before.
    mutating func follow(_ value: Double, scale: Double, in frame: RunningFrame) {
        let unit = 1.25 * deviation + 0.5 * scale
        let distance = frame.count > 10 ? frame.bounded((value - level) / unit) : 0
        let rate = max(1 / frame.count, 1 / Self.memory)
        if frame.count <= 1 { level = value }
        let error = (value - level).magnitude
        let credible = frame.count > 30 ? min(error, 5 * deviation + 0.5 * scale) : error
        deviation += rate * (credible - deviation)
        level += rate * (value - level)
        for index in smooth.indices {
            smooth[index] += (distance - smooth[index]) / Self.spans[index]
        }
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
