// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Which topics belong together: those with as many levels and the same kind of payload.
enum TopicFolding {
    /// Topics that make one pattern.
    struct Group {
        /// The levels, nil where they vary.
        var levels: [String?]
        /// What was seen, by topic in order.
        var topics: [(name: String, tally: TopicTally)]
    }

    /// The more words stand in one place, the less likely each is a kind of its own.
    private static let mostKinds = 8

    private struct Key: Hashable {
        var count: Int
        var first: String
        var format: SurveyReport.Format
        var fields: Set<String>
    }

    static func groups(of topics: [String: TopicTally]) -> [Group] {
        let all = topics.sorted { $0.key < $1.key }.map { (name: $0.key, tally: $0.value) }
        let byShape = Dictionary(grouping: all) { topic in
            Key(
                count: topic.tally.levels.count,
                first: topic.tally.levels.first ?? "",
                format: topic.tally.format,
                fields: topic.tally.usualFields
            )
        }
        return byShape.values.flatMap { split($0) }.map { topics in
            Group(levels: folded(topics.map(\.tally.levels)), topics: topics)
        }
    }

    /// Parts topics at a place where a few words name kinds, rather than devices, one after the other.
    private static func split(
        _ topics: [(name: String, tally: TopicTally)]
    ) -> [[(name: String, tally: TopicTally)]] {
        guard let count = topics.first?.tally.levels.count, topics.count > 1, count > 1 else {
            return [topics]
        }
        // From the right: what is measured stands there more often than where.
        for place in (1..<count).reversed() {
            let parts = Dictionary(grouping: topics) { $0.tally.levels[place] }
            guard (2...mostKinds).contains(parts.count), parts.keys.allSatisfy(isWord) else {
                continue
            }
            let isKind = parts.values.allSatisfy { $0.count > 1 } || place == count - 1
            // With a single topic a word, the words may as well be the devices.
            guard isKind, topics.count > parts.count else { continue }
            return parts.sorted { $0.key < $1.key }.flatMap { split($0.value) }
        }
        return [topics]
    }

    /// True for a word as people name kinds: letters, no digits, more than two.
    private static func isWord(_ level: String) -> Bool {
        level.count > 2 && level.allSatisfy { $0.isLetter || $0 == "_" || $0 == "-" }
    }

    private static func folded(_ all: [[String]]) -> [String?] {
        guard let first = all.first else { return [] }
        return first.indices.map { place in
            all.allSatisfy { $0[place] == first[place] } ? first[place] : nil
        }
    }
}
