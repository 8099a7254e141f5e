// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

extension GatewayConfiguration.Input {
    static func readAll(_ root: SettingsNode) -> [GatewayConfiguration.Input] {
        let nodes = root.children("inputs", isRequired: true)
        if nodes.isEmpty, let node = root.node("inputs") {
            node.problem("a gateway without inputs has nothing to do", hint: "name at least one")
        }
        var names: Set<String> = []
        var filters: [String: String] = [:]
        return nodes.map { node in
            let input = Self(node)
            if !input.name.isEmpty, !names.insert(input.name).inserted {
                node.node("name")?.problem("another input is called `\(input.name)`")
            }
            for filter in input.filters {
                if let other = filters.updateValue(input.name, forKey: filter) {
                    node.node("topics")?.problem(
                        "`\(filter)` is read by `\(other)` already",
                        hint: "lanes want disjoint filters, or a message is decided twice"
                    )
                }
            }
            return input
        }
    }

    private init(_ node: SettingsNode) {
        name = node.required("name", .name) ?? ""
        filters = node.required("topics", .oneOrMore(of: Self.filter)) ?? []
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
            text throws(Shape<String>.Mismatch) in
            guard !text.hasPrefix("$share/") else {
                throw .init(
                    "shared subscriptions scatter a device's readings over gateways",
                    hint: "divide the topics between inputs instead"
                )
            }
            do throws(TopicPattern.Malformed) {
                return try TopicPattern(text).filter
            } catch {
                throw .init(error.message, offset: error.offset)
            }
        }
    }
}
