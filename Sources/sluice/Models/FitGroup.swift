// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Vocabulary

/// Variants that are compared with one another.
struct FitGroup {
    /// The model whose versions they are; `variants` where they were named.
    var name: String
    var isNamed: Bool
    var timings: [ModelTiming]
    /// The place of the most accurate one in the budget; nil where none fits.
    var best: Int?

    /// What they are, in words.
    var words: String { isNamed ? "variant" : "version of `\(name)`" }

    /// How the best one is called in the group.
    func answer(_ timing: ModelTiming) -> String {
        isNamed ? "\(timing.model)/\(timing.version)" : timing.version
    }

    static func groups(
        of timings: [ModelTiming],
        areVariants: Bool,
        budget: Interval
    ) -> [FitGroup] {
        func group(_ name: String, _ own: [ModelTiming]) -> FitGroup {
            FitGroup(
                name: name,
                isNamed: areVariants,
                timings: own,
                best: ModelTiming.best(of: own, budget: budget)
            )
        }
        if areVariants { return [group("variants", timings)] }
        let names = timings.map(\.model).reduce(into: [String]()) { names, name in
            if names.last != name { names.append(name) }
        }
        return names.map { name in group(name, timings.filter { $0.model == name }) }
    }
}
