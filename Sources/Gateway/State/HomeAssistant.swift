// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Vocabulary

/// What Home Assistant is told so that the gateway and its policies appear there by themselves (MQTT discovery).
///
/// One retained configuration an entity on `<prefix>/<component>/<node>/<object>/config`; never one for a device
/// of the site's. The values are those of the gateway's own retained topics.
struct HomeAssistant {
    let prefix: String
    let site: String
    /// The status topic; the state is on `/state` below it, policies on `/policies/<name>`.
    let statusTopic: String
    let version: String

    /// The configurations by topic.
    func configurations(policies: [String]) -> [String: [UInt8]] {
        let state = statusTopic + "/state"
        let names = GatewayState.allCases.map(\.rawValue)
        var all: [String: [UInt8]] = [:]
        func add(
            _ component: String,
            _ object: String,
            _ name: String,
            _ topic: String,
            _ template: String,
            _ more: (inout JSONWriter) -> Void
        ) {
            var writer = JSONWriter(capacity: 768)
            writer.beginObject()
            writer.member("name", name)
            writer.member("unique_id", "\(node)_\(object)")
            writer.member("object_id", "\(node)_\(object)")
            writer.member("state_topic", topic)
            writer.member("value_template", template)
            writer.member("json_attributes_topic", topic)
            writer.member("availability_topic", statusTopic)
            writer.member(
                "availability_template",
                "{{ 'offline' if value_json.state == 'offline' else 'online' }}"
            )
            writer.member("qos", 1)
            more(&writer)
            write(device: &writer)
            writer.endObject()
            all["\(prefix)/\(component)/\(node)/\(object)/config"] = writer.bytes
        }
        add("sensor", "state", "State", state, "{{ value_json.state }}") { writer in
            writer.member("icon", "mdi:gate")
            Self.write(options: names, to: &writer)
        }
        let isWell = "{{ 'OFF' if value_json.state == 'healthy' else 'ON' }}"
        add("binary_sensor", "problem", "Problem", state, isWell) { writer in
            writer.member("device_class", "problem")
        }
        add("sensor", "uplink", "Uplink", statusTopic, "{{ value_json.uplink }}") { writer in
            writer.member("entity_category", "diagnostic")
            Self.write(options: ["online", "slow", "offline", "probing", "none"], to: &writer)
        }
        for policy in policies {
            let topic = "\(statusTopic)/policies/\(policy)"
            let object = "policy_\(Self.identifier(policy))"
            add("sensor", object, "Policy \(policy)", topic, "{{ value_json.state }}") { writer in
                writer.member("icon", "mdi:clipboard-check-outline")
                Self.write(options: Self.policyStates, to: &writer)
            }
        }
        return all
    }

    /// What a policy's sensor may say.
    static let policyStates = ["in_force", "bound_unverified", "bound_holding", "bound_broken"]

    /// The part of a topic that says whose entities these are.
    var node: String { "sluice_" + Self.identifier(site) }

    private func write(device writer: inout JSONWriter) {
        writer.key("device")
        writer.beginObject()
        writer.key("identifiers")
        writer.beginArray()
        writer.value(node)
        writer.endArray()
        writer.member("name", "Sluice \(site)")
        writer.member("manufacturer", "Sluice")
        writer.member("model", "Edge-cloud gateway")
        writer.member("sw_version", version)
        writer.endObject()
        writer.key("origin")
        writer.beginObject()
        writer.member("name", "sluice")
        writer.member("sw_version", version)
        writer.endObject()
    }

    private static func write(options: [String], to writer: inout JSONWriter) {
        writer.member("device_class", "enum")
        writer.key("options")
        writer.beginArray()
        for option in options { writer.value(option) }
        writer.endArray()
    }

    /// A name as object ids may have it: letters, digits, `_` and `-`; names that would become one stay two.
    static func identifier(_ name: String) -> String {
        var text = ""
        for scalar in name.unicodeScalars {
            let isPlain =
                scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || scalar == "_" || scalar == "-")
            text.unicodeScalars.append(isPlain ? scalar : "_")
        }
        guard text != name else { return name }
        let digest = SHA256.hash(data: Array(name.utf8)).prefix(3)
        let digits = Array("0123456789abcdef")
        return digest.reduce(into: text + "_") {
            $0.append(digits[Int($1 >> 4)])
            $0.append(digits[Int($1 & 15)])
        }
    }
}
