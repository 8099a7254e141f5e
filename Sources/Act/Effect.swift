// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// One thing that leaves the gateway because of a decision: what, where to, and until when.
public struct Effect: Hashable, Sendable {
    /// Its key: a receiver that has seen it may ignore a repeat, and so does `Act`.
    public var key: EffectKey
    /// Where it goes.
    public var target: EffectTarget
    /// The device it is about; webhooks about one device go out one after the other.
    public var device: String
    /// The media type of `body`.
    public var contentType: String
    /// What is sent.
    public var body: [UInt8]
    /// The instant after which it is not sent any more; nil for any time.
    public var notAfter: MonotonicInstant?
    /// Hands the trace it belongs to on to the receiver (W3C Trace Context); no row keeps it.
    public var traceparent: String?

    /// Makes an effect.
    public init(
        key: EffectKey,
        target: EffectTarget,
        device: String,
        contentType: String = CloudEvent.contentType,
        body: [UInt8],
        notAfter: MonotonicInstant? = nil
    ) {
        self.key = key
        self.target = target
        self.device = device
        self.contentType = contentType
        self.body = body
        self.notAfter = notAfter
    }
}

/// Where an effect goes.
public enum EffectTarget: Hashable, Sendable {
    /// To a topic of the site's broker.
    case publish(topic: String, qualityOfService: UInt8, isRetained: Bool)
    /// To a web server, by POST.
    case webhook(Webhook)
    /// To the gateway's own log.
    case log
}

/// A web server that is told of decisions.
public struct Webhook: Hashable, Sendable {
    /// One header field.
    public struct Header: Codable, Hashable, Sendable {
        /// Its name.
        public var name: String
        /// Its value.
        public var value: String

        /// Makes a header field.
        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Its address.
    public var url: String
    /// Header fields sent along; no secrets, because they are written into spool rows.
    public var headers: [Header]
    /// The name under which `ActOptions.credential` knows the bearer token; nil for none.
    public var credential: String?
    /// How long one call may take.
    public var timeout: Interval

    /// Makes a webhook.
    public init(
        url: String,
        headers: [Header] = [],
        credential: String? = nil,
        timeout: Interval = .seconds(5)
    ) {
        self.url = url
        self.headers = headers
        self.credential = credential
        self.timeout = timeout
    }
}

/// What became of an effect.
public enum DeliveryOutcome: Hashable, Sendable {
    /// The receiver has it; or had it already, and nothing was sent again.
    case delivered
    /// The receiver could not be reached, or wants it later: to be kept in the spool and tried again.
    case undelivered(reason: String)
    /// Sending the same again cannot succeed: a dead letter.
    case rejected(reason: String)
    /// It was not sent, on purpose.
    case dropped(DropReason)
}
