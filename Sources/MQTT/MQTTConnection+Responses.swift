// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import Glibc

extension MQTTConnection {
    /// Queues a request at QoS 1 and returns its identifier.
    ///
    /// Ends in `mosquitto_publish_v5`.
    func publish(
        _ request: MQTTRequest,
        responseTopic: String,
        correlation: [UInt8]
    ) throws(MQTTPublishFailure) -> Int32 {
        var properties: OpaquePointer?
        defer { mosquitto_property_free_all(&properties) }
        var results = [
            mosquitto_property_add_string(
                &properties,
                Int32(MQTT_PROP_RESPONSE_TOPIC.rawValue),
                responseTopic
            ),
            mosquitto_property_add_binary(
                &properties,
                Int32(MQTT_PROP_CORRELATION_DATA.rawValue),
                correlation,
                UInt16(clamping: correlation.count)
            ),
        ]
        if let contentType = request.contentType {
            results.append(
                mosquitto_property_add_string(
                    &properties,
                    Int32(MQTT_PROP_CONTENT_TYPE.rawValue),
                    contentType
                )
            )
        }
        for (name, value) in request.properties {
            results.append(
                mosquitto_property_add_string_pair(
                    &properties,
                    Int32(MQTT_PROP_USER_PROPERTY.rawValue),
                    name,
                    value
                )
            )
        }
        guard results.allSatisfy({ $0 == MOSQ_ERR_SUCCESS.rawValue }) else {
            throw .invalid("a property of the request cannot be written")
        }
        var identifier: Int32 = 0
        let result = request.payload.withUnsafeBytes { bytes in
            mosquitto_publish_v5(
                handle,
                &identifier,
                request.topic,
                Int32(clamping: bytes.count),
                bytes.baseAddress,
                1,
                false,
                properties
            )
        }
        guard result == MOSQ_ERR_SUCCESS.rawValue else {
            throw Self.failure(of: result, topic: request.topic)
        }
        return identifier
    }

    /// Hands messages with their properties to the delegate's `responded` from now on.
    ///
    /// Ends in `mosquitto_message_v5_callback_set`.
    func takeResponses() {
        mosquitto_message_v5_callback_set(handle) { _, context, message, properties in
            guard let context, let message else { return }
            let connection = Unmanaged<MQTTConnection>.fromOpaque(context).takeUnretainedValue()
            connection.heard.packets += 1
            connection.delegate?.responded(MQTTResponse(message.pointee, properties))
        }
    }
}

extension MQTTConnectionDelegate {
    /// A message has arrived with these properties; only where `takeResponses` was called.
    public func responded(_ response: MQTTResponse) {}

    /// A message has arrived that belongs to a trace; it is delivered like any other.
    public func received(traceparent: String, deliver: () -> Void) { deliver() }
}

extension MQTTResponse {
    /// Copies a message out of the library's hands.
    fileprivate init(_ message: mosquitto_message, _ properties: OpaquePointer?) {
        payload =
            message.payload.map {
                Array(UnsafeRawBufferPointer(start: $0, count: Int(message.payloadlen)))
            } ?? []
        contentType = Self.text(MQTT_PROP_CONTENT_TYPE, of: properties)
        responseTopic = Self.text(MQTT_PROP_RESPONSE_TOPIC, of: properties)
        var bytes: UnsafeMutableRawPointer?
        var count: UInt16 = 0
        mosquitto_property_read_binary(
            properties,
            Int32(MQTT_PROP_CORRELATION_DATA.rawValue),
            &bytes,
            &count,
            false
        )
        correlation =
            bytes.map { Array(UnsafeRawBufferPointer(start: $0, count: Int(count))) } ?? []
        free(bytes)
        var found: [(name: String, value: String)] = []
        UserProperties.visit(properties) { name, value in
            found.append((String(cString: name), String(cString: value)))
            return true
        }
        self.properties = found
    }

    private static func text(_ name: mqtt5_property, of properties: OpaquePointer?) -> String? {
        var text: UnsafeMutablePointer<CChar>?
        mosquitto_property_read_string(properties, Int32(name.rawValue), &text, false)
        defer { free(text) }
        return text.map { String(cString: $0) }
    }
}
