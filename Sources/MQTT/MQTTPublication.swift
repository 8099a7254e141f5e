// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A message to be published.
public struct MQTTPublication: Sendable, Equatable {
    /// The topic, without wildcards.
    public var topic: String
    /// The payload.
    public var payload: [UInt8]
    /// The quality of service, 0, 1 or 2.
    public var qualityOfService: UInt8
    /// True when the broker shall keep it for later subscribers.
    public var isRetained: Bool
    /// The trace that it belongs to, told in a user property (W3C Trace Context); left out before MQTT 5.
    public var traceparent: String?

    /// Makes a publication.
    public init(
        topic: String,
        payload: [UInt8],
        qualityOfService: UInt8 = 1,
        isRetained: Bool = false,
        traceparent: String? = nil
    ) {
        self.topic = topic
        self.payload = payload
        self.qualityOfService = qualityOfService
        self.isRetained = isRetained
        self.traceparent = traceparent
    }
}

/// How a publication ended.
public enum MQTTPublishOutcome: Sendable, Equatable {
    /// The broker has it (QoS 1 and 2), or it was written to the socket (QoS 0).
    case acknowledged
    /// It was not acknowledged.
    case failed(MQTTPublishFailure)
}

/// Why a publication was not acknowledged.
public enum MQTTPublishFailure: Error, Sendable, Equatable {
    /// There was no connection; nothing was sent.
    case notConnected
    /// The connection ended before the acknowledgement; the broker may have it.
    case connectionLost
    /// Too much waits already; nothing was sent.
    case queueFull
    /// The broker refused it, for good unless its configuration changes.
    case rejected(MQTTReason)
    /// It cannot be published as it is; says why.
    case invalid(String)
    /// The publisher has stopped; the broker may have it.
    case stopped

    /// True when the broker may have it all the same, so that sending it again may be a repeat.
    public var mayHaveBeenSent: Bool {
        switch self {
        case .connectionLost, .stopped: true
        case .notConnected, .queueFull, .rejected, .invalid: false
        }
    }

    /// True when sending the same again cannot succeed.
    public var isPermanent: Bool {
        switch self {
        case .invalid: true
        case .rejected(let reason): !reason.isTemporary
        case .notConnected, .connectionLost, .queueFull, .stopped: false
        }
    }
}

extension MQTTPublishFailure: CustomStringConvertible {
    /// The reason, as a sentence fragment.
    public var description: String {
        switch self {
        case .notConnected: "not connected to the broker"
        case .connectionLost: "the connection was lost before the broker acknowledged"
        case .queueFull: "too many publications wait already"
        case .rejected(let reason): "the broker refused it: \(reason)"
        case .invalid(let why): why
        case .stopped: "the publisher has stopped"
        }
    }
}
