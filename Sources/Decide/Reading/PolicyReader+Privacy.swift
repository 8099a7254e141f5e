// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Settings
import Vocabulary

extension PolicyReader {
    /// `privacy`: what may leave the site; nothing that is not named.
    func readPrivacy(asksCloud: Bool) -> Privacy {
        let node = root.optionalMapping("privacy")
        if node == nil, asksCloud, !root.has("privacy") { reportMissingAllowList() }
        let fieldNames = fields.map(\.name)
        let known = fieldNames + captures + ["device"]
        var send: [String] = []
        var names: [String] = []
        for item in node?.items("send") ?? [] {
            guard let name = item.read(.string) else { continue }
            if send.contains(name) || names.contains(name) {
                item.problem("`\(name)` is named twice")
            } else if fieldNames.contains(name) {
                checkSendable(name, item)
                send.append(name)
            } else if known.contains(name) {
                names.append(name)
            } else {
                let none = "`reading.fields` has none"
                item.problem(
                    "unknown field `\(name)`",
                    hint: Self.hint(for: name, among: fieldNames.isEmpty ? [] : known, none: none)
                )
            }
        }
        let isList = node?.node("send")?.isList == true
        if let node, asksCloud, !node.has("send") || (isList && send.isEmpty) {
            reportMissingAllowList()
        }
        let hashed = readHashed(node, sent: send + names)
        let rounded = readRounded(node, sent: send)
        return Privacy(
            send: send,
            names: names,
            withheld: withheld(send + names, hashed: hashed, rounded: rounded),
            hashed: hashed,
            rounded: rounded
        )
    }

    /// `hash`: what leaves only as a keyed hash.
    private func readHashed(_ node: SettingsNode?, sent: [String]) -> Set<String> {
        var hashed: Set<String> = []
        let texts = fields.filter { $0.kind == .text }.map(\.name) + captures + ["device"]
        for item in node?.items("hash") ?? [] {
            guard let name = item.read(.string) else { continue }
            if !hashed.insert(name).inserted {
                item.problem("`\(name)` is named twice")
            } else if sent.contains(name) {
                item.problem(
                    "`\(name)` is sent as it is, too",
                    hint: "leave it out of `send`: what is hashed is sent as its hash"
                )
            } else if fields.contains(where: { $0.name == name && $0.kind != .text }) {
                item.problem(
                    "only text can be hashed, and `\(name)` is none",
                    hint: "`round: { \(name): … }` makes numbers say less"
                )
            } else if !texts.contains(name) {
                item.problem(
                    "unknown text `\(name)`",
                    hint: Self.hint(for: name, among: texts, none: "there is none")
                )
            }
        }
        return hashed
    }

    /// `round`: the steps that numbers are rounded to before they leave.
    private func readRounded(_ node: SettingsNode?, sent: [String]) -> [String: Double] {
        var rounded: [String: Double] = [:]
        for item in node?.named("round") ?? [] {
            guard let step = item.read(.number(in: 1e-9...1e12)) else { continue }
            if fields.contains(where: { $0.name == item.name && $0.kind == .text }) {
                item.problem("`\(item.name)` is text, which cannot be rounded")
            } else if !sent.contains(item.name) {
                item.problem(
                    "`\(item.name)` does not leave the site",
                    hint: "add it to `privacy.send`, or leave it out here"
                )
            } else {
                rounded[item.name] = step
            }
        }
        return rounded
    }

    /// A tensor is numbers: text has no place in one, only in what web servers and sinks are told.
    private func checkSendable(_ name: String, _ item: SettingsNode) {
        guard fields.first(where: { $0.name == name })?.kind == .text,
            !root.children("actions").contains(where: { $0.has("webhook") }), !root.has("sinks")
        else { return }
        item.problem(
            "`\(name)` is text, and only numbers can be sent to a model",
            hint: "leave it out"
        )
    }

    /// The variables that may not leave when only `sent` may.
    private func withheld(
        _ sent: [String],
        hashed: Set<String>,
        rounded: [String: Double]
    ) -> Set<String> {
        var withheld = Set(fields.map(\.name) + captures + ["device"]).subtracting(sent)
        // What an expression makes of a whole text or number may tell it.
        let inPart = withheld.union(rounded.keys)
        withheld.insert("payload")
        // The topic is the captures, between words that the configuration chose.
        if !withheld.isDisjoint(with: captures) { withheld.insert("topic") }
        withheld.subtract(hashed)
        for expression in lets {
            let parts = expression.program.variables.map { environment.names[$0] }
            if parts.contains(where: { inPart.contains($0) || withheld.contains($0) }) {
                withheld.insert(expression.name)
            }
        }
        return withheld
    }

    /// Reports the places of a body for a web server that may not leave the site.
    func checkMayLeave(_ names: [String], _ place: SettingsNode, privacy: Privacy) {
        for name in names where privacy.withheld.contains(name) {
            let isTopic = name == "topic"
            let missing = captures.filter { privacy.withheld.contains($0) }
            let wanted = isTopic ? missing.map { "`\($0)`" }.joined(separator: ", ") : "it"
            place.problemAtPlace(
                name,
                opening: "{{",
                "`\(name)` may not leave the site",
                hint: "add \(wanted) to `privacy.send`, or leave it out here"
            )
        }
    }

    /// Warns of an event for a web server that will not say which device it is about.
    func checkNamesDevice(_ node: SettingsNode, privacy: Privacy) {
        guard privacy.withheld.contains("device"), !node.has("payload") else { return }
        (node.node("webhook") ?? node).problemWithKey(
            "the event will not say which device it is about: `privacy` does not let `device` out",
            hint: "add `device` to `privacy: { send: [...] }`, or to `hash` for a keyed hash of it",
            severity: .warning
        )
    }

    private func reportMissingAllowList() {
        let node = root.node("privacy")?.node("send") ?? root.node("privacy") ?? root
        node.problemWithKey(
            "the policy asks the cloud, and `privacy.send` names nothing that may be sent",
            hint: "list the fields the cloud's model needs: `privacy: { send: [...] }`"
        )
    }
}
