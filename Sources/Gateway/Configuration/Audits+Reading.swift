// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// Reading what `sluice.yaml` says of audits and of operators' labels.
extension GatewayConfiguration {
    /// The input that labels come by, in logs and dead letters.
    static let labelInput = "labels"

    static func labelTopic(_ root: SettingsNode, inputs: [Input]) -> String? {
        guard let node = root.optionalMapping("labels") else { return nil }
        let topic = node.required("topic", .string)
        guard let topic, let place = node.node("topic") else { return nil }
        if topic.contains("+") || topic.contains("#") {
            place.problem("operators publish on one topic; it has no wildcards")
        }
        for input in inputs {
            let filters = input.filters.compactMap { try? TopicPattern($0) }
            if filters.contains(where: { $0.captures(in: topic) != nil }) {
                place.problem(
                    "input `\(input.name)` reads this topic already",
                    hint: "give labels a topic of their own"
                )
            }
            if input.name == labelInput {
                place.problem(
                    "an input is called `\(labelInput)`, as the one of operators' labels is",
                    hint: "call the input something else"
                )
            }
        }
        return topic
    }
}

extension Shape where Value == Double {
    /// The share of the spool that audits may take.
    static var auditShare: Shape {
        .parsed("a part of the spool of at most `50%`, such as `5%`") {
            text in
            guard let share = Quantity.fraction(text), (0...0.5).contains(share) else {
                throw ShapeMismatch()
            }
            return share
        }
    }
}

extension Shape where Value == Int {
    /// A number of calls an hour.
    static var callsPerHour: Shape {
        .parsed("a number of calls such as `100/hour`") { text in
            let parts = text.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 2, let count = Int(parts[0]), (0...1_000_000).contains(count)
            else { throw ShapeMismatch() }
            switch parts[1] {
            case "hour": return count
            case "minute" where count <= 10_000: return count * 60
            default: throw ShapeMismatch(hint: "so many an `hour` or a `minute`")
            }
        }
    }
}
