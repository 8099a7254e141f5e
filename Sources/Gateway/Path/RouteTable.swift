// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Vocabulary

/// Which policies a topic's messages belong to, and what their captures stand for.
///
/// Worked out once for each topic a lane meets. Belongs to one lane's thread.
struct RouteTable {
    /// One policy that a topic matches.
    struct Match {
        /// The policy's place in its set.
        var policy: Int
        /// What the captures of its pattern stand for, in their order.
        var captures: [String]
    }

    private let policies: [Policy]
    private var generation = -1
    private var matches: [[Match]?] = []

    init(policies: [Policy]) {
        self.policies = policies
    }

    /// The policies of `topic`, in the order of the set; none for a topic nobody asked about.
    mutating func matches(of topic: Topic) -> [Match] {
        if topic.generation != generation {
            generation = topic.generation
            matches.removeAll(keepingCapacity: true)
        }
        if topic.index >= matches.count {
            matches.append(
                contentsOf: repeatElement(nil, count: topic.index + 1 - matches.count)
            )
        }
        if let known = matches[topic.index] { return known }
        let found = policies.enumerated().compactMap { index, policy in
            policy.match.captures(in: topic.name).map { Match(policy: index, captures: $0) }
        }
        matches[topic.index] = found
        return found
    }
}
