// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import MQTT

/// What could be learned of a broker.
public struct BrokerFacts: Sendable {
    /// Why there is no connection; nil where there is one.
    public var failure: MQTTFailure?
    /// Seconds from the first packet to the broker's answer.
    public var seconds = 0.0
    /// What it grants and forbids.
    public var terms = MQTTTerms()
    /// What it answers to our subscriptions, by filter; 0x80 and more is a refusal.
    public var subscriptions: [String: UInt8] = [:]
    /// What it publishes of itself under `$SYS/broker/`, by the rest of the topic; empty where it does not tell.
    public var own: [String: String] = [:]
    /// What its configuration file says, where it could be read.
    public var settings: MosquittoSettings?

    /// Makes facts that say nothing.
    public init() {}
}

/// What a gateway wants of its broker.
public struct BrokerNeeds: Sendable {
    /// Where it is, for people.
    public var address: String
    /// True for MQTT 3.1.1.
    public var isVersion311 = false
    /// The largest window of an input.
    public var receiveMaximum = 500
    /// The largest payload that an input takes, in bytes.
    public var payload = 1 << 20
    /// The shared subscriptions.
    public var shared: [String] = []
    /// True when a filter has wildcards.
    public var usesWildcards = true
    /// Seconds of silence that are asked for.
    public var keepAlive = 20

    /// Makes the needs of a gateway with the default settings.
    public init(address: String) {
        self.address = address
    }
}
