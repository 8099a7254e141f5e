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

    /// The rule at `index` held, or none for nil.
    func count(_ index: Int?) {
        let place = index ?? cells.count - 1
        guard cells.indices.contains(place) else { return }
        cells[place].hits.wrappingAdd(1, ordering: .relaxed)
    }

    /// The hits in the rules' order, those of `otherwise` last.
    var hits: [Int] { cells.map { $0.hits.load(ordering: .relaxed) } }
}
