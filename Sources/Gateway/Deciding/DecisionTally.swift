// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What is counted of one policy's decisions in a burst, told once for all of them: counters that
/// other threads read cost more than the addition.
///
/// Belongs to one thread.
struct DecisionTally {
    private var rules: [Int]
    private var routes = [Int](repeating: 0, count: Route.allCases.count)

    /// Nothing yet of `rules` rules and `otherwise`.
    init(rules: Int) {
        self.rules = [Int](repeating: 0, count: rules + 1)
    }

    /// The rule at `index` held, or `otherwise` for nil, and the reading goes by `route`.
    mutating func count(_ index: Int?, _ route: Route) {
        rules[index ?? rules.count - 1] += 1
        routes[route.place] += 1
    }

    /// Tells it, and is empty again.
    mutating func tell(_ trail: DecisionTrail, _ hits: RuleTally) {
        trail.decided(routes)
        hits.add(rules)
        for place in routes.indices { routes[place] = 0 }
        for place in rules.indices { rules[place] = 0 }
    }
}
