// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto

/// The broker's answer to CONNECT.
public struct MQTTGreeting: Sendable, Equatable {
    /// True when the broker still has our session.
    public var sessionPresent: Bool
    /// What the broker grants and forbids.
    public var terms = MQTTTerms()

    /// Makes a greeting.
    public init(sessionPresent: Bool, terms: MQTTTerms = MQTTTerms()) {
        self.sessionPresent = sessionPresent
        self.terms = terms
    }
}

/// What a broker grants and forbids in its CONNACK (MQTT 5.0 section 3.2.2.3); nil where it says nothing.
public struct MQTTTerms: Sendable, Equatable {
    /// Seconds for which it keeps a session, where that is not what was asked.
    public var sessionExpiry: UInt32?
    /// How many unacknowledged publications it takes from one client at once.
    public var receiveMaximum: UInt16?
    /// The largest quality of service it takes; 2 where it says nothing.
    public var maximumQoS: UInt8?
    /// False where it keeps no retained messages.
    public var retainAvailable: Bool?
    /// The largest packet in bytes it takes.
    public var maximumPacketSize: UInt32?
    /// False where filters may have no wildcards.
    public var wildcardsAvailable: Bool?
    /// False where it has no shared subscriptions.
    public var sharedSubscriptionsAvailable: Bool?
    /// Seconds of silence it allows, where that is not what was asked.
    public var keepAlive: UInt16?

    /// Makes terms that say nothing.
    public init() {}
}

extension MQTTTerms {
    /// Reads what the library hands over.
    ///
    /// Ends in `mosquitto_property_read_int32` and its like.
    init(_ properties: OpaquePointer?) {
        guard let properties else { return }
        sessionExpiry = Self.long(MQTT_PROP_SESSION_EXPIRY_INTERVAL, of: properties)
        receiveMaximum = Self.short(MQTT_PROP_RECEIVE_MAXIMUM, of: properties)
        maximumQoS = Self.byte(MQTT_PROP_MAXIMUM_QOS, of: properties)
        retainAvailable = Self.byte(MQTT_PROP_RETAIN_AVAILABLE, of: properties).map { $0 != 0 }
        maximumPacketSize = Self.long(MQTT_PROP_MAXIMUM_PACKET_SIZE, of: properties)
        wildcardsAvailable = Self.byte(MQTT_PROP_WILDCARD_SUB_AVAILABLE, of: properties)
            .map { $0 != 0 }
        sharedSubscriptionsAvailable = Self.byte(MQTT_PROP_SHARED_SUB_AVAILABLE, of: properties)
            .map { $0 != 0 }
        keepAlive = Self.short(MQTT_PROP_SERVER_KEEP_ALIVE, of: properties)
    }

    private static func long(_ name: mqtt5_property, of properties: OpaquePointer) -> UInt32? {
        var value: UInt32 = 0
        let found = mosquitto_property_read_int32(properties, Int32(name.rawValue), &value, false)
        return found == nil ? nil : value
    }

    private static func short(_ name: mqtt5_property, of properties: OpaquePointer) -> UInt16? {
        var value: UInt16 = 0
        let found = mosquitto_property_read_int16(properties, Int32(name.rawValue), &value, false)
        return found == nil ? nil : value
    }

    private static func byte(_ name: mqtt5_property, of properties: OpaquePointer) -> UInt8? {
        var value: UInt8 = 0
        let found = mosquitto_property_read_byte(properties, Int32(name.rawValue), &value, false)
        return found == nil ? nil : value
    }
}
