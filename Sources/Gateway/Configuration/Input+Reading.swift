// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Spool
import Vocabulary

extension GatewayConfiguration.Input {
    static func readAll(
        _ root: SettingsNode,
        spool: SpoolOptions
    ) -> [GatewayConfiguration.Input] {
        let nodes = root.children("inputs", isRequired: true)
        if nodes.isEmpty, let node = root.node("inputs") {
            node.problem("a gateway without inputs has nothing to do", hint: "name at least one")
        }
        var names: Set<String> = []
        var earlier: [(filter: TopicPattern, input: String)] = []
        return nodes.map { node in
            let input = Self(node, spool: spool)
            if !input.name.isEmpty, !names.insert(input.name).inserted {
                node.node("name")?.problem("another input is called `\(input.name)`")
            }
            let filters = input.filters.compactMap { try? TopicPattern(SharedGroup.filter(of: $0)) }
            for filter in filters {
                guard let other = earlier.first(where: { $0.filter.overlaps(filter) }) else {
                    continue
                }
                let topics = other.filter == filter ? "" : "some topics of "
                node.node("topics")?.problem(
                    "\(topics)`\(filter.source)` \(topics.isEmpty ? "is" : "are") read by "
                        + "`\(other.input)` already",
                    hint: "lanes want disjoint filters, or a message is decided twice"
                )
            }
            earlier += filters.map { ($0, input.name) }
            return input
        }
    }

    private init(_ node: SettingsNode, spool: SpoolOptions) {
        name = node.required("name", .name) ?? ""
        filters = node.required("topics", .oneOrMore(of: Self.filter)) ?? []
        if let topics = node.node("topics"), topics.isList, node.items("topics")?.isEmpty == true {
            topics.problem("an input without topics receives nothing", hint: "name at least one")
        }
        receiveMaximum = node.integer("receive_maximum", in: 1...500, default: 500)
        maximumPayload = node.size("max_payload", in: 16...64 << 20, default: 1 << 20)
        coalescing = node.duration(
            "coalesce",
            in: .zero...Interval.milliseconds(1),
            default: .milliseconds(1)
        )
        linger = node.duration(
            "linger",
            in: .zero...Interval.milliseconds(10),
            default: .milliseconds(5)
        )
        maximumUnsettled = node.integer("max_unsettled", in: 1...4_096, default: 256)
        // A row holds the payload as base64 (RFC 4648, four characters for three bytes) among other things.
        let largest = max(0, spool.largestRow - (16 << 10)) / 4 * 3
        if maximumPayload > largest {
            (node.node("max_payload") ?? node).problem(
                "a payload of \(Quantity.text(bytes: maximumPayload)) does not fit this spool: "
                    + "from about \(Quantity.text(bytes: largest)) on, what must be kept becomes "
                    + "a dead letter",
                hint: "raise `spool.max_size`, or lower `max_payload`",
                severity: .warning
            )
        }
        let memory = receiveMaximum * maximumPayload
        if memory > 1 << 30 {
            node.problem(
                "`receive_maximum` times `max_payload` may take \(Quantity.text(bytes: memory))",
                hint: "a large payload limit wants a small `receive_maximum`",
                severity: .warning
            )
        }
    }

    private static var filter: Shape<String> {
        .parsed("a topic filter such as `plant/+/vibration`") {
            text in
            let filter = SharedGroup.filter(of: text)
            let lead = text.count - filter.count
            guard lead > 0 || !text.hasPrefix(SharedGroup.mark) else {
                throw ShapeMismatch("a shared subscription is written `$share/GROUP/FILTER`")
            }
            do throws(TopicPattern.Malformed) {
                return text.prefix(lead) + (try TopicPattern(filter).filter)
            } catch {
                throw ShapeMismatch(error.message, offset: lead + error.offset)
            }
        }
    }
}

extension TopicPattern {
    /// True when a topic can match both (MQTT 5.0 section 4.7: `#` stands for its parent too, and a
    /// wildcard at the beginning does not stand for a level that begins with `$`).
    fileprivate func overlaps(_ other: TopicPattern) -> Bool {
        Self.overlap(levels[...], other.levels[...], isFirst: true)
    }

    private static func overlap(
        _ left: ArraySlice<Level>,
        _ right: ArraySlice<Level>,
        isFirst: Bool = false
    ) -> Bool {
        switch (left.first, right.first) {
        case (.rest, let other), (let other, .rest):
            return !(isFirst && isReserved(other))
        case (nil, nil):
            return true
        case (nil, _), (_, nil):
            return false
        case (.exact(let one), .exact(let two)):
            guard one == two else { return false }
        case (.one, let other), (let other, .one):
            guard !(isFirst && isReserved(other)) else { return false }
        }
        return overlap(left.dropFirst(), right.dropFirst())
    }

    private static func isReserved(_ level: Level?) -> Bool {
        guard case .exact(let text) = level else { return false }
        return text.utf8.first == UInt8(ascii: "$")
    }
}
