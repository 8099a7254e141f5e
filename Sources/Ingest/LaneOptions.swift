// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import MQTT
public import Vocabulary

/// How one lane reads.
public struct LaneOptions: Sendable {
    /// The lane's name in the log, the metrics and the status.
    public var name: String
    /// The connection; its client id names the session that the broker keeps.
    public var mqtt: MQTTOptions
    /// The topic filters to subscribe to, at QoS 1.
    public var filters: [String]
    /// Filters of an earlier configuration that the session must lose.
    public var retiredFilters: [String] = []
    /// The longest pause before a read when traffic is dense, 1 ms at most.
    ///
    /// Zero reads at once.
    public var coalescing: Interval = .milliseconds(1)
    /// How long what needs a commit may wait for more to share it.
    public var linger: Interval = .milliseconds(5)
    /// How many messages may be read before they must be settled.
    public var maximumUnsettled = 256
    /// The largest payload in bytes; larger ones are refused to the dead letters.
    public var maximumPayload = 1 << 20
    /// True when an earlier run left a session at the broker, so that its absence is a gap.
    public var expectsSession = false
    /// True when the earlier run did not end well.
    public var followsUncleanExit = false
    /// True to watch the broker's own count of dropped messages (`$SYS`), where it allows that.
    public var watchesBrokerDrops = true
    /// The broker's count of dropped messages as an earlier run met it last; nil where none did.
    public var knownBrokerDrops: Int?

    /// True to take over traces that messages belong to (MQTT 5's user property `traceparent`).
    public var takesTraceParents = false

    /// Makes options with the defaults.
    public init(name: String, mqtt: MQTTOptions, filters: [String]) {
        self.name = name
        self.mqtt = mqtt
        self.filters = filters
    }

    /// How many messages the broker sends without an acknowledgement; reading on beyond is waiting
    /// for nothing.
    ///
    /// MQTT 3.1.1 cannot agree on it: 20 is Mosquitto's default.
    var window: Int {
        switch mqtt.version {
        case .v5: Int(min(mqtt.receiveMaximum, MQTTOptions.largestReceiveMaximum))
        case .v311: 20
        }
    }
}
