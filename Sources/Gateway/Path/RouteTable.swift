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
    /// The matches of all topics met, those of one topic side by side.
    private var matches: [Match] = []
    private var ranges = TopicCache<Range<Int32>>()
    private var generation = 0

    init(policies: [Policy]) {
        self.policies = policies
    }

    /// The policies of `topic`, in the order of the set; none for a topic nobody asked about.
    mutating func matches(of topic: Topic) -> ArraySlice<Match> {
        if let known = ranges[topic] {
            return matches[Int(known.lowerBound)..<Int(known.upperBound)]
        }
        if topic.generation != generation {
            generation = topic.generation
            matches.removeAll(keepingCapacity: true)
            ranges.removeAll()
        }
        let start = matches.count
        for (index, policy) in policies.enumerated() {
            guard let captures = policy.match.captures(in: topic.name) else { continue }
            matches.append(Match(policy: index, captures: captures))
        }
        ranges.remember(Int32(start)..<Int32(matches.count), for: topic)
        return matches[start...]
    }
}
