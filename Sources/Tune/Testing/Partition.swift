// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The three disjoint parts of the samples: indices into them.
///
/// Cut at block boundaries. Where rows have an order in time the newest blocks test, and of each
/// device the block before its first test block is set aside, so that no neighbour of a test row has
/// been looked at. Rows without order are dealt out by a hash of their id.
struct Partition {
    /// Fits the calibration.
    private(set) var calibration: [Int] = []
    /// Chooses the score and the order of the tests.
    private(set) var tuning: [Int] = []
    /// Tests the thresholds; nothing else has seen it.
    private(set) var test: [Int] = []
    /// How many rows are in no part.
    private(set) var setAside = 0

    /// How much of the samples calibrates.
    static let calibrationShare = 0.1
    /// How much of them chooses.
    static let tuningShare = 0.2

    init(_ samples: [Sample], streams: Streams, seed: UInt64) {
        let order = Self.order(samples, streams: streams, seed: seed)
        let count = Double(samples.count)
        let first = Int((count * Self.calibrationShare).rounded())
        let second = Int((count * (Self.calibrationShare + Self.tuningShare)).rounded())
        var seen = 0
        var part = [Int](repeating: 0, count: streams.blocks.count)
        for block in order {
            part[block] = seen < first ? 0 : seen < second ? 1 : 2
            seen += streams.blocks[block].count
        }
        for block in order {
            if part[block] == 1, Self.isBeforeTest(block, part: part, streams: streams) {
                setAside += streams.blocks[block].count
                continue
            }
            switch part[block] {
            case 0: calibration.append(contentsOf: streams.blocks[block])
            case 1: tuning.append(contentsOf: streams.blocks[block])
            default: test.append(contentsOf: streams.blocks[block])
            }
        }
    }

    private static func isBeforeTest(_ block: Int, part: [Int], streams: Streams) -> Bool {
        guard case .found = streams.basis, block + 1 < part.count else { return false }
        return streams.sequenceOfBlock[block] == streams.sequenceOfBlock[block + 1]
            && part[block + 1] == 2
    }

    /// The blocks, oldest first, or in the order of a hash where they have no order.
    private static func order(_ samples: [Sample], streams: Streams, seed: UInt64) -> [Int] {
        let keys: [(Double, UInt64)] = streams.blocks.map { block in
            let sample = samples[block[0]]
            var hash = StableHash(seed: seed)
            hash.add(sample.block ?? sample.id)
            if streams.isTimed {
                let start = block.compactMap { samples[$0].time?.nanoseconds }.min() ?? 0
                return (Double(start), hash.value)
            }
            guard case .found = streams.basis else { return (0, hash.value) }
            // Untimed sequences run side by side: a block's place is how far into its own it is.
            return (0, UInt64(block[0]))
        }
        let isSequential = if case .found = streams.basis { !streams.isTimed } else { false }
        guard isSequential else { return keys.indices.sorted { keys[$0] < keys[$1] } }
        var begun = [Int](repeating: 0, count: streams.sequences.count)
        let depths = streams.blocks.indices.map { index in
            let sequence = streams.sequenceOfBlock[index]
            let depth = Double(begun[sequence]) / Double(streams.sequences[sequence].count)
            begun[sequence] += streams.blocks[index].count
            return (depth, keys[index].1)
        }
        return depths.indices.sorted { depths[$0] < depths[$1] }
    }
}
