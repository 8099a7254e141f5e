// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The topics a policy is about: one pattern, or several that name the same levels.
///
/// With several, the readings of one device come by different topics: a machine's vibration and its
/// temperature.
public struct TopicMatch: Hashable, Sendable {
    /// The patterns; at least one.
    public let patterns: [TopicPattern]
    /// For each pattern, where the names of the first stand among its own.
    private let orders: [[Int]]

    /// The topics of one pattern.
    public init(_ pattern: TopicPattern) {
        patterns = [pattern]
        orders = [Array(pattern.names.indices)]
    }

    /// The topics of several patterns; nil where there are none, or one names other levels than the first.
    public init?(_ patterns: [TopicPattern]) {
        guard let names = patterns.first?.names else { return nil }
        var orders: [[Int]] = []
        for pattern in patterns {
            let order = names.compactMap { pattern.names.firstIndex(of: $0) }
            guard order.count == names.count, pattern.names.count == names.count else { return nil }
            orders.append(order)
        }
        self.patterns = patterns
        self.orders = orders
    }

    /// The names of its captures, in order.
    public var names: [String] { patterns[0].names }

    /// The patterns as they were written.
    public var source: String { patterns.map(\.source).joined(separator: "` or `") }

    /// The filters to subscribe with.
    public var filters: [String] { patterns.map(\.filter) }

    /// What the named wildcards stand for in `topic`, in the order of `names`; nil when no pattern matches.
    public func captures(in topic: String) -> [String]? {
        for (pattern, order) in zip(patterns, orders) {
            guard let captures = pattern.captures(in: topic) else { continue }
            return order.map { captures[$0] }
        }
        return nil
    }
}
