// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

extension PolicyReader {
    /// `sinks`: the user's own stores that decisions and readings are sent to.
    func readSinks(privacy: Privacy) -> [PolicySink] {
        var sinks: [PolicySink] = []
        for node in root.items("sinks") ?? [] {
            let place = node.isMapping ? node.node("sink") : node
            guard let place else {
                node.problemWithKey("`sink` is missing in `\(node.name)`")
                continue
            }
            guard let name = place.read(.string) else { continue }
            let content =
                node.isMapping
                ? node.value("send", .choice(PolicySink.Content.self), default: .decisions)
                : .decisions
            if surroundings.sinks[name] == nil {
                place.problem(
                    "unknown sink `\(name)`",
                    hint: Self.hint(
                        for: name,
                        among: surroundings.sinks.keys.sorted(),
                        none: "none is configured under `sinks:`"
                    )
                )
            } else if sinks.contains(where: { $0.name == name }) {
                place.problem("`\(name)` is named twice")
                continue
            }
            if content.hasReadings, privacy.send.isEmpty {
                place.problem(
                    "readings are to be sent, and `privacy.send` lets none of their fields out",
                    hint: "list the fields: `privacy: { send: [...] }`"
                )
            }
            if surroundings.sinks[name]?.namesDevice == true, privacy.withheld.contains("device") {
                place.problem(
                    "the topic of sink `\(name)` names the device, which may not leave the site",
                    hint: "add `device` to `privacy.send`, or take `{device}` out of the topic"
                )
            }
            sinks.append(PolicySink(name: name, content: content))
        }
        return sinks
    }
}
