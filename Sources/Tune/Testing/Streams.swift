// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Which rows are neighbours, and how far the likeness of neighbours reaches.
///
/// Rows of one device are a sequence in time; rows of no known device and time are one sequence in
/// the file's order. Where neighbours are alike, more than chance makes them, consecutive rows become
/// blocks as long as the likeness lasts; where they are not, each row is a block of its own.
struct Streams {
    /// What made the blocks.
    enum Basis: Equatable {
        /// Neighbours are no more alike than any two rows, or the user says so.
        case independent
        /// Blocks of so many rows, from the autocorrelation found.
        case found(length: Int)
        /// Blocks that the rows or the user name.
        case declared
    }

    /// The indices of each sequence's samples, oldest first.
    private(set) var sequences: [[Int]] = []
    /// What made the blocks.
    private(set) var basis = Basis.independent
    /// The correlation of direct neighbours: of the score and of disagreement, the greater.
    private(set) var neighbourCorrelation = 0.0
    /// Whether the samples say when they were measured.
    let isTimed: Bool
    /// The indices of each block's samples; blocks of one sequence follow each other.
    private(set) var blocks: [[Int]] = []
    /// The same with blocks of two and four times the length.
    private(set) var longerBlocks: [[[Int]]] = []
    /// The sequence of each block.
    private(set) var sequenceOfBlock: [Int] = []

    /// How many devices may take turns unnamed and be noticed.
    private static let farthestTurn = 50

    /// Arranges `samples` whose plain scores are `scores`.
    init(_ samples: [Sample], scores: [Double], window: Interval?, isIndependent: Bool) {
        isTimed = !samples.isEmpty && samples.allSatisfy { $0.time != nil }
        if samples.contains(where: { $0.block != nil }) {
            declare(samples) { $0.block.map { "b" + $0 } ?? "i" + $0.id }
            return
        }
        if let window, window.nanoseconds > 0, isTimed {
            declare(samples) { sample in
                let time = sample.time?.nanoseconds ?? 0
                return "\(time.quotientAndRemainder(dividingBy: window.nanoseconds).quotient) "
                    + sample.device
            }
            return
        }
        sequences = Self.sequences(samples, isTimed: isTimed)
        let length = isIndependent ? 1 : likeness(samples, scores)
        basis = length > 1 ? .found(length: length) : .independent
        if length > 1 { longerBlocks = [cut(2 * length), cut(4 * length)] }
        blocks = cut(length)
    }

    private mutating func declare(_ samples: [Sample], by name: (Sample) -> String) {
        var places: [String: Int] = [:]
        for (index, sample) in samples.enumerated() {
            let key = name(sample)
            if let place = places[key] {
                blocks[place].append(index)
            } else {
                places[key] = blocks.count
                blocks.append([index])
            }
        }
        basis = .declared
        sequences = blocks
        sequenceOfBlock = Array(blocks.indices)
    }

    private static func sequences(_ samples: [Sample], isTimed: Bool) -> [[Int]] {
        var places: [String: Int] = [:]
        var sequences: [[Int]] = []
        for (index, sample) in samples.enumerated() {
            if let place = places[sample.device] {
                sequences[place].append(index)
            } else {
                places[sample.device] = sequences.count
                sequences.append([index])
            }
        }
        guard isTimed else { return sequences }
        return sequences.map { sequence in
            sequence.sorted { left, right in
                let first = samples[left].time?.nanoseconds ?? 0
                let second = samples[right].time?.nanoseconds ?? 0
                return first == second ? left < right : first < second
            }
        }
    }

    private mutating func cut(_ length: Int) -> [[Int]] {
        var blocks: [[Int]] = []
        sequenceOfBlock = []
        for (number, sequence) in sequences.enumerated() {
            var start = 0
            while start < sequence.count {
                // A remainder of less than half a block stays with the block before it.
                let isLast = sequence.count - start < length + (length + 1) / 2
                let end = isLast ? sequence.count : start + length
                blocks.append(Array(sequence[start..<end]))
                sequenceOfBlock.append(number)
                start = end
            }
        }
        return blocks
    }

    /// The number of rows over which neighbours are alike; 1 where they are not.
    private mutating func likeness(_ samples: [Sample], _ scores: [Double]) -> Int {
        let count = Double(samples.count)
        guard count >= 20 else { return 1 }
        // Who names devices or times expects a stream: the likeness is believed sooner.
        let isNamed = isTimed || sequences.count > 1
        let doubt = (isNamed ? 2.0 : 2.7) / count.squareRoot()
        let farDoubt = 4.5 / count.squareRoot()
        let noise = 2 / count.squareRoot()
        var length = 1
        for series in [scores, samples.map { $0.disagrees ? 1 : 0 }] {
            let longest = sequences.map(\.count).max() ?? 0
            let correlations = autocorrelation(series, lags: min(200, longest / 4))
            guard let first = correlations.first else { continue }
            neighbourCorrelation = max(neighbourCorrelation, first)
            // Devices without a name take turns in one sequence: their rows are neighbours further
            // apart. So many lags are looked at that each has to be clearer.
            let lags = zip(1..., correlations.prefix(Self.farthestTurn))
            guard let turn = lags.first(where: { $0 > 2 ? $1 > farDoubt : $1 > doubt })?.0
            else { continue }
            let gap = turn > 2 ? turn : 1
            var lag = gap
            while lag < correlations.count,
                correlations[(lag - gap)...lag].contains(where: { $0 > noise })
            {
                lag += 1
            }
            length = max(length, lag, 2)
        }
        return length
    }

    /// The correlation of rows 1, 2, … `lags` apart, over all sequences together.
    private func autocorrelation(_ series: [Double], lags: Int) -> [Double] {
        guard lags > 0 else { return [] }
        let mean = series.reduce(0, +) / Double(series.count)
        var variance = 0.0
        var products = [Double](repeating: 0, count: lags)
        for sequence in sequences {
            var values = sequence.map { series[$0] }
            // A device's own level is no likeness in time; short sequences cannot tell it.
            let level =
                values.count >= 20 ? values.reduce(0, +) / Double(values.count) : mean
            for index in values.indices { values[index] -= level }
            for index in values.indices {
                variance += values[index] * values[index]
                for lag in 1...lags where index >= lag {
                    products[lag - 1] += values[index] * values[index - lag]
                }
            }
        }
        return variance > 0 ? products.map { $0 / variance } : []
    }
}
