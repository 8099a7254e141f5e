// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode

/// A decision as one line that a person reads.
struct TapText {
    let ink: Ink

    /// The line; nil where the log's line is not what it should be.
    func line(_ json: JSONValue) -> String? {
        guard case .object(let members) = json else { return nil }
        func text(_ name: String) -> String? {
            guard case .string(let text)? = members[name] else { return nil }
            return Plain.text(text)
        }
        func number(_ name: String) -> Double? {
            guard case .number(let number)? = members[name] else { return nil }
            return number
        }
        guard let route = text("route"), let policy = text("policy") else { return nil }
        // The time of day is enough of an RFC 3339 time that is now.
        let logged = text("logged").map { String($0.dropFirst(11).prefix(12)) } ?? ""
        var line = ink.dim(logged) + " " + coloured(route) + " " + padded(policy, 16)
        line += " " + ink.bold(padded(text("device") ?? "-", 14))
        if let label = text("label") { line += " \(label)" }
        if let confidence = number("confidence") {
            line += " \((confidence * 1_000).rounded() / 1_000)"
        }
        if let rule = text("rule") { line += " by `\(rule)`" }
        if let standing = text("standing"), standing != "final" {
            line += " " + ink.yellow(standing)
        }
        if let fallback = text("fallback") { line += " fell back to \(fallback)" }
        if case .object(let answer)? = members["answer"], case .string(let label)? = answer["label"]
        {
            line += " cloud says \(Plain.text(label))"
        }
        if case .array(let actions)? = members["actions"] {
            for case .object(let action) in actions.prefix(3) {
                if case .string(let target)? = action["target"] {
                    line += " -> \(Plain.text(target))"
                }
            }
        }
        if let latency = number("latency_ms") { line += " " + Figure.milliseconds(latency) }
        if let id = text("decision_id") { line += " " + ink.dim(String(id.prefix(12))) }
        return line
    }

    private func coloured(_ route: String) -> String {
        let word = padded(route, 8)
        switch route {
        case "act": return ink.green(word)
        case "escalate": return ink.cyan(word)
        case "defer": return ink.yellow(word)
        default: return ink.dim(word)
        }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
