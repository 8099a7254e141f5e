// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What windows have made of the readings of one batch, for one model.
///
/// It keeps its memory from batch to batch.
struct WindowedRows {
    /// What became of a reading.
    enum Outcome {
        /// It completed no window.
        case nothing
        case failed(String)
        /// The place in `ranges` where those of its inputs begin.
        case numbers(Int)
    }

    private var outcomes: [Outcome] = []
    /// The numbers of all windows, input after input.
    var numbers: [Double] = []
    /// Where in `numbers` the inputs of each window lie.
    var ranges: [Range<Int>] = []

    /// Makes room for a batch of `rowCount` readings.
    mutating func begin(_ rowCount: Int) {
        outcomes.removeAll(keepingCapacity: true)
        outcomes.append(contentsOf: repeatElement(.nothing, count: rowCount))
        numbers.removeAll(keepingCapacity: true)
        ranges.removeAll(keepingCapacity: true)
    }

    mutating func note(_ row: Int, _ outcome: Outcome) {
        outcomes[row] = outcome
    }

    /// Takes back the numbers after `count` of them.
    mutating func truncate(to count: Int) {
        numbers.removeLast(numbers.count - count)
        while let last = ranges.last, last.upperBound > count { ranges.removeLast() }
    }

    subscript(row: Int) -> Outcome {
        row < outcomes.count ? outcomes[row] : .nothing
    }
}
