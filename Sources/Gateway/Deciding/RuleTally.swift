// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How often each rule of a policy has held since the policy came into force; any thread counts.
final class RuleTally: Sendable {
    private final class Cell: Sendable {
        let hits = Atomic<Int>(0)
    }

    private let cells: [Cell]

    /// Makes a tally of `rules` rules and `otherwise`.
    init(rules: Int) {
        cells = (0...rules).map { _ in Cell() }
    }

    /// So many times more each rule has held, and `otherwise` at the end.
    func add(_ hits: [Int]) {
        for (cell, count) in zip(cells, hits) where count > 0 {
            cell.hits.wrappingAdd(count, ordering: .relaxed)
        }
    }

    /// The hits in the rules' order, those of `otherwise` last.
    var hits: [Int] { cells.map { $0.hits.load(ordering: .relaxed) } }
}
