// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A request to whoever serves a topic (MQTT 5.0 section 4.10).
public struct MQTTRequest: Sendable {
    /// The topic that is served.
    public var topic: String
    /// The payload.
    public var payload: [UInt8]
    /// The payload's media type; nil to leave it out.
    public var contentType: String?
    /// User properties, in order.
    public var properties: [(name: String, value: String)]

    /// Makes a request.
    public init(
        topic: String,
        payload: [UInt8],
        contentType: String? = nil,
        properties: [(name: String, value: String)] = []
    ) {
        self.topic = topic
        self.payload = payload
        self.contentType = contentType
        self.properties = properties
    }
}

/// What came back on our response topic.
public struct MQTTResponse: Sendable {
    /// The payload.
    public var payload: [UInt8]
    /// The payload's media type, where it is told.
    public var contentType: String?
    /// User properties, in order.
    public var properties: [(name: String, value: String)]
    /// What tells whose request it answers.
    var correlation: [UInt8]
    /// Where whoever sent it wants the response; nil in a response.
    var responseTopic: String?
}

/// Why there is no response.
public enum MQTTRequestFailure: Error, Sendable, Equatable {
    /// There is no connection, or our response topic is not subscribed to yet; nothing was sent.
    case notConnected
    /// Nobody serves the topic: the broker had no one to give the request to.
    case nobodyListens
    /// The connection ended first; somebody may have got the request.
    case connectionLost
    /// The broker refused the request.
    case rejected(MQTTReason)
    /// It cannot be published as it is; says why.
    case invalid(String)
    /// No response came in time; somebody may have got the request.
    case timeout
    /// The task that waited was cancelled.
    case cancelled
    /// The requester has stopped.
    case stopped
}

extension MQTTRequestFailure: CustomStringConvertible {
    /// The reason, as a sentence fragment.
    public var description: String {
        switch self {
        case .notConnected: "not connected to the broker"
        case .nobodyListens: "nobody listens on the request topic"
        case .connectionLost: "the connection to the broker was lost before a response came"
        case .rejected(let reason): "the broker refused the request: \(reason)"
        case .invalid(let why): why
        case .timeout: "no response came in time"
        case .cancelled: "cancelled"
        case .stopped: "stopped"
        }
    }
}
