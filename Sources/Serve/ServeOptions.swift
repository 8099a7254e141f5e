// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Hosting

/// How the server listens, and how much it takes on.
public struct ServeOptions: Sendable {
    /// The address it listens on; loopback unless said otherwise.
    public var host: String
    /// The port it listens on; 0 lets the system choose.
    public var port: Int
    /// What a caller must send as `Authorization: Bearer …`; nil lets everyone in.
    public var bearerToken: String?
    /// The certificate it shows; nil for plain HTTP.
    public var tls: ServerTLS?
    /// How large a request's body may be, in bytes.
    public var maximumBody: Int
    /// How many requests are under way at once, bodies and answers in memory; more are refused
    /// with 503.
    public var maximumRequests: Int
    /// How many models run at once, each on a thread of its own.
    public var threads: Int
    /// How many requests wait for a thread; more are refused with 503.
    public var maximumWaiting: Int
    /// Through how many gateways a question may have come; more is refused with 508.
    public var maximumHops: Int
    /// How many answers are kept for requests that come again under their idempotency key; 0 for none.
    public var maximumAnswers: Int
    /// How many bytes those answers may take.
    public var maximumAnswerBytes: Int
    /// Where answers are kept besides memory, so that a restart forgets none; nil for nowhere.
    public var answersFile: String?
    /// Which requests have a span; nil for none.
    public var tracing: ServeTracing?
    /// The version the server says it is.
    public var version: String

    /// Makes options; everything has a default.
    public init(
        host: String = "127.0.0.1",
        port: Int = 8000,
        bearerToken: String? = nil,
        tls: ServerTLS? = nil,
        maximumBody: Int = 4 << 20,
        maximumRequests: Int = 256,
        threads: Int = 2,
        maximumWaiting: Int = 128,
        maximumHops: Int = 4,
        maximumAnswers: Int = 10_000,
        maximumAnswerBytes: Int = 64 << 20,
        answersFile: String? = nil,
        tracing: ServeTracing? = nil,
        version: String = "0"
    ) {
        self.host = host
        self.port = port
        self.bearerToken = bearerToken
        self.tls = tls
        self.maximumBody = maximumBody
        self.maximumRequests = maximumRequests
        self.threads = threads
        self.maximumWaiting = maximumWaiting
        self.maximumHops = maximumHops
        self.maximumAnswers = maximumAnswers
        self.maximumAnswerBytes = maximumAnswerBytes
        self.answersFile = answersFile
        self.tracing = tracing
        self.version = version
    }
}
