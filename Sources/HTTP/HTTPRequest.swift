// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One HTTP request, with every limit it runs under.
public struct HTTPRequest: Sendable {
    /// The method, in capitals.
    public var method: String
    /// The address; only `http` and `https` are spoken.
    public var url: String
    /// Header fields in the order they are sent.
    public var headers: [(name: String, value: String)]
    /// The body; empty for none.
    public var body: [UInt8]
    /// The time the whole exchange may take, in seconds: name lookup, connection, sending and reply.
    public var timeout: Double
    /// The time to reach the server, in seconds, inside `timeout`.
    public var connectTimeout: Double
    /// The longest reply body that is accepted, in bytes.
    public var maximumReplyBytes: Int
    /// A Unix domain socket to connect to instead of the address's host.
    public var unixSocketPath: String?
    /// How the server is verified, and what we show it.
    public var tls: HTTPTLS
    /// True when the body may leave only once, because each time costs something.
    ///
    /// libcurl sends a request again by itself when a reused connection turns out dead before a byte of the
    /// reply, and has no option against that; but it must rewind the body for it. With this the body
    /// is read through a callback that cannot be rewound, so that the transfer fails with `connectionLost`
    /// instead. (A request of which only the header left, no part of the body, is sent again all the same: no
    /// server acts on it.)
    public var isSentOnce = false

    /// Makes a request.
    public init(
        method: String = "GET",
        url: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = [],
        timeout: Double = 10,
        connectTimeout: Double = 5,
        maximumReplyBytes: Int = 1 << 20,
        unixSocketPath: String? = nil,
        tls: HTTPTLS = HTTPTLS()
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.maximumReplyBytes = maximumReplyBytes
        self.unixSocketPath = unixSocketPath
        self.tls = tls
    }
}

/// The files TLS works with; the server's certificate and name are always verified, from TLS 1.2 on.
public struct HTTPTLS: Hashable, Sendable {
    /// The authorities trusted, in PEM; nil for the system's.
    public var caFile: String?
    /// Our own certificate, in PEM, where the server asks for one.
    public var certificateFile: String?
    /// The key of that certificate, in PEM.
    public var keyFile: String?

    /// Makes a set of files.
    public init(caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        self.caFile = caFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
