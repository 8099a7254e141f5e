// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How many rows count for one, because neighbours are alike.
///
/// The variance of the disagreements' count over blocks, against what independent rows would give:
/// the survey statisticians' design effect, by linearisation of the ratio (Korn and Graubard 1998).
/// It is taken over blocks of one, two and four lengths, and over lower thresholds until at least
/// `enough` blocks have a disagreement, whichever is greatest; it is then raised for the uncertainty
/// left. With fewer such blocks than that, a block counts as one row. Blocks that the user declares
/// always do.
struct DesignEffect {
    static let enough = 20
    /// For the likeness that reaches past the longest block; found by simulation.
    static let caution = 1.25

    private struct Level {
        var effect: Double
        var hitBlocks: Int
        var rowsPerBlock: Double
    }

    private let levels: [Level]
    private let basis: Streams.Basis

    /// Measures at each of `thresholds`, from the highest down.
    init(
        _ samples: [Sample],
        confidences: [Double],
        streams: Streams,
        thresholds: [Double]
    ) {
        basis = streams.basis
        guard basis != .independent else {
            levels = []
            return
        }
        levels = thresholds.map { threshold in
            func level(_ blocks: [[Int]]) -> Level {
                Self.level(samples, confidences, blocks: blocks, threshold: threshold)
            }
            var single = level(streams.blocks)
            for longer in streams.longerBlocks where longer.count >= Self.enough {
                single.effect = max(single.effect, level(longer).effect)
            }
            return single
        }
    }

    /// The design effect at the threshold of that index, at least 1.
    func value(at index: Int) -> Double {
        guard basis != .independent else { return 1 }
        if basis == .declared { return max(1, levels[index].rowsPerBlock) }
        var effect = 1.0
        var last = index
        for place in index..<levels.count {
            last = place
            effect = max(effect, levels[place].effect)
            if levels[place].hitBlocks >= Self.enough { break }
        }
        let hits = levels[last].hitBlocks
        effect *= Self.caution * (1 + 2 / Double(hits + 1))
        return hits < Self.enough ? max(effect, levels[index].rowsPerBlock) : effect
    }

    private static func level(
        _ samples: [Sample],
        _ confidences: [Double],
        blocks: [[Int]],
        threshold: Double
    ) -> Level {
        var kept = 0.0
        var hits = 0.0
        var hitBlocks = 0
        var squaredRows = 0.0
        let counts = blocks.map { block -> (rows: Double, hits: Double) in
            var count = (rows: 0.0, hits: 0.0)
            for index in block where confidences[index] >= threshold {
                count.rows += 1
                if samples[index].disagrees { count.hits += 1 }
            }
            kept += count.rows
            hits += count.hits
            squaredRows += count.rows * count.rows
            if count.hits > 0 { hitBlocks += 1 }
            return count
        }
        guard kept > 0 else { return Level(effect: 1, hitBlocks: 0, rowsPerBlock: 1) }
        let rate = (hits + 0.5) / (kept + 1)
        let spread = counts.reduce(0.0) { sum, count in
            let excess = count.hits - rate * count.rows
            return sum + excess * excess
        }
        return Level(
            effect: spread / (kept * rate * (1 - rate)),
            hitBlocks: hitBlocks,
            rowsPerBlock: squaredRows / kept
        )
    }
}
