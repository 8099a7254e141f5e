// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import Glibc

/// The user properties of an MQTT 5 packet (MQTT 5.0, section 3.3.2.3.7).
enum UserProperties {
    /// A packet's properties are bounded by its size; this many mean something to somebody.
    private static let most = 64

    /// Shows name and value of one after the other until `look` answers false; both live for its call only.
    ///
    /// Ends in `mosquitto_property_read_string_pair`.
    static func visit(
        _ properties: OpaquePointer?,
        _ look: (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Bool
    ) {
        var next = properties
        for place in 0..<most {
            var name: UnsafeMutablePointer<CChar>?
            var value: UnsafeMutablePointer<CChar>?
            next = mosquitto_property_read_string_pair(
                next,
                Int32(MQTT_PROP_USER_PROPERTY.rawValue),
                &name,
                &value,
                place > 0
            )
            defer {
                free(name)
                free(value)
            }
            guard next != nil, let name, let value, look(name, value) else { return }
        }
    }
}
