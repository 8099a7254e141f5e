// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How one connection to a broker is made.
public struct MQTTOptions: Sendable {
    /// The version of the protocol that is spoken.
    public enum Version: Sendable {
        /// MQTT 5.0.
        case v5
        /// MQTT 3.1.1: no session expiry, no receive maximum, no reasons.
        case v311
    }

    /// The largest receive maximum that is safe.
    ///
    /// Debian's broker discards packets once 1,000 wait on one socket, although it has marked them
    /// as sent; half of that leaves room for what else the connection carries.
    public static let largestReceiveMaximum: UInt16 = 500

    /// The broker's name or address; with TLS, also the name its certificate must show.
    public var host: String
    /// The broker's port.
    public var port: UInt16
    /// The client identifier: the name of the session the broker keeps for us.
    public var clientID: String
    /// The version of the protocol that is spoken.
    public var version: Version = .v5
    /// Seconds without traffic after which the connection is tested; at least 5.
    public var keepAlive: Int32 = 20
    /// True when the broker shall forget the former session.
    public var cleanStart = false
    /// Seconds for which the broker keeps the session after the connection is lost (MQTT 5).
    public var sessionExpiry: UInt32 = 7 * 24 * 3_600
    /// How many unacknowledged messages the broker may have under way to us (MQTT 5).
    public var receiveMaximum: UInt16 = MQTTOptions.largestReceiveMaximum
    /// The largest packet in bytes the broker may send (MQTT 5); nil sets no limit.
    ///
    /// The broker discards a larger message without a word (MQTT 5.0 section 3.1.2.11.4), so this
    /// protects memory at the price of a silent loss. The broker's own limit refuses it at the
    /// publisher, which is better.
    public var maximumPacketSize: UInt32?
    /// The user name, where the broker wants one.
    public var username: String?
    /// The password that goes with it.
    public var password: String?
    /// Brings what may have changed since, such as the password, up to date before each attempt to connect.
    ///
    /// Called on the thread that connects; may block.
    public var renew: (@Sendable (inout MQTTOptions) throws(MQTTFailure) -> Void)?
    /// How the connection is encrypted; nil for plain TCP.
    public var tls: MQTTTLS?
    /// What the broker publishes for us when the connection is lost.
    public var will: MQTTPublication?
    /// Seconds for which one attempt to connect may last, from the first packet to the broker's answer.
    public var connectTimeout: Double = 10
    /// How long it waits between attempts.
    public var backoff = MQTTBackoff()

    /// Makes options for a broker at `host`.
    public init(host: String, port: UInt16 = 1_883, clientID: String) {
        self.host = host
        self.port = port
        self.clientID = clientID
    }
}

extension MQTTOptions: CustomStringConvertible {
    /// Where it connects and as whom; never the password.
    public var description: String {
        "\(tls == nil ? "mqtt" : "mqtts")://\(host):\(port) as \(clientID)"
    }
}
