// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

extension GatewayConfiguration {
    /// Reads `home_assistant`: the prefix of its discovery topics; nil where the section is left out.
    static func homeAssistant(_ root: SettingsNode) -> String? {
        guard let node = root.optionalMapping("home_assistant") else { return nil }
        let prefix = Shape<String>.parsed("what discovery topics begin with") {
            text in
            let isTopic = !text.isEmpty && !text.contains { "+#\0".contains($0) }
            guard isTopic, !text.hasPrefix("$"), !text.hasPrefix("/"), !text.hasSuffix("/") else {
                throw ShapeMismatch("a topic to publish on has no wildcards and no empty level")
            }
            return text
        }
        return node.value("prefix", prefix, default: "homeassistant")
    }
}
