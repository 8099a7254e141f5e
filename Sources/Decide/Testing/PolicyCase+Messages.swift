// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// The messages a case gives in place of one payload: a window, and what a detector has learned, are
/// made of several.
extension PolicyCase {
    /// The most messages a case may give.
    private static let messageLimit = 100_000

    /// Reads `messages`: the last is the one the case is about.
    mutating func readMessages(_ given: SettingsNode, folder: String) {
        guard given.has("messages") else { return }
        var all: [CaseEarlier] = []
        for node in given.children("messages") {
            let topic = messageTopic(node)
            let count = node.integer("repeat", in: 1...Self.messageLimit, default: 1)
            let after = node.duration("after", in: .zero...Interval.seconds(86_400), default: .zero)
            var payloads: [[UInt8]] = []
            if let file = node.optionalString("lines_file") {
                let bytes = Self.bytes(of: file, at: node.node("lines_file"), folder: folder)
                payloads = bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) }
            } else if let payload = Self.payload(node, folder: folder) {
                payloads = [payload]
            } else {
                node.problem(
                    "the message has no payload",
                    hint: "give `payload`, `payload_file`, or `lines_file` with one a line"
                )
            }
            guard all.count + payloads.count * count <= Self.messageLimit else {
                node.problem("a case has at most \(Self.messageLimit) messages")
                break
            }
            for repetition in 0..<count {
                all += payloads.map { payload in
                    CaseEarlier(
                        topic: topic,
                        payload: payload,
                        after: after,
                        repetition: repetition
                    )
                }
            }
        }
        guard let last = all.popLast() else {
            given.node("messages")?.problemWithKey("the case gives no message")
            return
        }
        earlier = all
        payload = last.payload
        if let captures = policy.match.captures(in: last.topic) {
            situation.topic = last.topic
            situation.captures = captures
        }
        after = last.after
        repetition = last.repetition
    }

    private func messageTopic(_ node: SettingsNode) -> String {
        guard let name = node.optionalString("topic") else { return situation.topic }
        if policy.match.captures(in: name) == nil {
            node.node("topic")?.problem(
                "the topic `\(name)` does not match `\(policy.match.source)`"
            )
        }
        return name
    }
}
