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
        return Privacy(send: send, names: names, withheld: withheld(send + names))
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
    private func withheld(_ sent: [String]) -> Set<String> {
        var withheld = Set(fields.map(\.name) + captures + ["device"]).subtracting(sent)
        withheld.insert("payload")
        // The topic is the captures, between words that the configuration chose.
        if !withheld.isDisjoint(with: captures) { withheld.insert("topic") }
        for expression in lets {
            let parts = expression.program.variables.map { environment.names[$0] }
            if parts.contains(where: { withheld.contains($0) }) { withheld.insert(expression.name) }
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

    private func reportMissingAllowList() {
        let node = root.node("privacy")?.node("send") ?? root.node("privacy") ?? root
        node.problemWithKey(
            "the policy asks the cloud, and `privacy.send` names nothing that may be sent",
            hint: "list the fields the cloud's model needs: `privacy: { send: [...] }`"
        )
    }
}
