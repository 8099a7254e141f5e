// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What every device's window of one kind has in common.
///
/// Immutable; shared by all of them.
final class WindowPlan: Sendable {
    let spec: WindowSpec
    /// How many numbers stand side by side at each place of a window.
    let columnCount: Int
    let tracks: [FeatureProgram.Track]
    /// How many fields are remembered to be joined.
    let joinedCount: Int
    /// Whether each place has its own time.
    let keepsTimes: Bool
    /// How many places are summed up as one; 0 where the windows are too short for it to pay.
    let blockLength: Int
    /// Whether blocks know their trend.
    let hasTrends: Bool
    /// The most places a window has, a multiple of `blockLength`.
    let capacity: Int

    /// The longest window that is summed up as a whole each time.
    private static let longestWhole = 256

    init(
        _ spec: WindowSpec,
        columnCount: Int,
        tracks: [FeatureProgram.Track] = [],
        joinedCount: Int = 0,
        usesTimes: Bool = false
    ) {
        self.spec = spec
        self.columnCount = columnCount
        self.tracks = tracks
        self.joinedCount = joinedCount
        let blockLength = Self.blockLength(spec)
        self.blockLength = blockLength
        let isTimed = if case .time = spec.extent { true } else { false }
        keepsTimes = !spec.countsSamples && (isTimed || usesTimes || spec.late > .zero)
        hasTrends = usesTimes && blockLength > 0
        let length = spec.length ?? WindowSpec.lengthLimit
        capacity = blockLength > 0 ? (length + blockLength - 1) / blockLength * blockLength : length
    }

    /// About the square root of the length: as many blocks are joined as numbers are summed up at
    /// both ends.
    static func blockLength(_ spec: WindowSpec) -> Int {
        switch spec.extent {
        case .time(let time): return time.nanoseconds > 4 * spec.timeHop.nanoseconds ? 64 : 0
        case .count(let count), .samples(let count):
            guard count > longestWhole, count > 4 * spec.hop else { return 0 }
            var length = 16
            while length * length < count { length *= 2 }
            return length
        }
    }
}
