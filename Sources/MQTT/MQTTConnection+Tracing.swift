// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import Glibc

/// The user property in which MQTT 5 carries a trace from one part of a system to the next (W3C Trace Context).
extension MQTTConnection {
    private static let traceparent = "traceparent"
    /// Later versions of the standard may write more than the 55 bytes of today's.
    private static let longest = 256

    /// Looks among messages' user properties for the trace they belong to from now on (MQTT 5).
    ///
    /// Ends in `mosquitto_message_v5_callback_set`.
    public func takeTraceParents() {
        mosquitto_message_callback_set(handle, nil)
        mosquitto_message_v5_callback_set(handle) { _, context, message, properties in
            guard let context, let message else { return }
            let connection = Unmanaged<MQTTConnection>.fromOpaque(context).takeUnretainedValue()
            guard let properties, let text = MQTTConnection.traceparent(of: properties),
                let delegate = connection.delegate
            else { return connection.received(message) }
            delegate.received(traceparent: text) { connection.received(message) }
        }
    }

    /// Its first value of a bearable length.
    private static func traceparent(of properties: OpaquePointer) -> String? {
        var found: String?
        UserProperties.visit(properties) { name, value in
            guard strcmp(name, traceparent) == 0, strlen(value) <= longest else { return true }
            found = String(cString: value)
            return false
        }
        return found
    }

    /// The properties of a publication that belongs to a trace; nil for another, or before MQTT 5.
    ///
    /// The caller frees them. Ends in `mosquitto_property_add_string_pair`.
    func properties(of publication: MQTTPublication) throws(MQTTPublishFailure) -> OpaquePointer? {
        guard let trace = publication.traceparent, options.version == .v5 else { return nil }
        var properties: OpaquePointer?
        let result = mosquitto_property_add_string_pair(
            &properties,
            Int32(MQTT_PROP_USER_PROPERTY.rawValue),
            Self.traceparent,
            trace
        )
        guard result == MOSQ_ERR_SUCCESS.rawValue else {
            mosquitto_property_free_all(&properties)
            throw .invalid("a property of the publication cannot be written")
        }
        return properties
    }
}
