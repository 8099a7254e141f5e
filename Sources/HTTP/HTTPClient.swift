// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// An HTTP client: one thread, connections kept open, every limit enforced.
///
/// HTTP/1.1 for `http`; for `https` whatever of HTTP/1.1 and HTTP/2 the server picks. Cleartext HTTP/2 is never
/// spoken (libcurl 7.88 fails on every reused connection of it). Redirects are not followed, and proxies
/// named by the environment are not used: a request goes where its address says or nowhere.
public final class HTTPClient: Sendable {
    private let loop: TransferLoop

    /// Starts the client's thread.
    ///
    /// - Throws: `HTTPError` with code `other` when libcurl or the thread cannot be started.
    public init(options: HTTPClientOptions = HTTPClientOptions()) throws(HTTPError) {
        loop = try TransferLoop(options: options)
    }

    deinit {
        loop.requestStop()
        loop.detach()
    }

    /// Sends a request and waits for the whole reply.
    ///
    /// Any number may be under way at once; bounding them is the caller's business. Cancelling the task
    /// ends the transfer.
    ///
    /// - Throws: `HTTPError` when no complete reply came; a reply of any status is not an error.
    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        try await reply { Transfer(request, for: $0) }
    }

    /// Sends requests without waiting; their listener hears what each of them comes to, once.
    ///
    /// Any number may be under way at once, but better few: bounding them is the caller's business.
    public func begin(_ calls: [HTTPCall]) {
        loop.start(calls.map(\.transfer))
    }

    /// Ends a call early: it fails with code `cancelled`, unless its outcome is on the way already.
    public func cancel(_ call: HTTPCall) {
        loop.cancel(call.transfer)
    }

    /// Sends a request and hands over the body's parts as they come; the reply has none of it.
    ///
    /// `take` is called on the client's thread, in order, and must not wait. A reply whose status is not
    /// 200 comes whole, as from `send`. The request's time limit holds for the stream's whole life.
    public func stream(
        _ request: HTTPRequest,
        take: @escaping @Sendable ([UInt8]) -> Void
    ) async throws(HTTPError) -> HTTPResponse {
        try await reply { Transfer(request, for: $0, take: take) }
    }

    private func reply(
        to make: (any HTTPListener) -> Transfer
    ) async throws(HTTPError) -> HTTPResponse {
        let wait = ReplyWait()
        let transfer = make(wait)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait.begin(continuation)
                loop.start([transfer])
            }
        } onCancel: {
            loop.cancel(transfer)
        }
        return try result.get()
    }

    /// Fails what is under way with code `closed`, refuses what comes, and waits for the thread to end.
    public func shutdown() {
        loop.requestStop()
        loop.join()
    }
}

/// What all requests of one client share.
public struct HTTPClientOptions: Sendable {
    /// How the client names itself.
    public var userAgent: String
    /// How many idle connections are kept open for reuse.
    public var maximumIdleConnections: Int
    /// The longest header of a reply that is accepted, in bytes.
    public var maximumHeaderBytes: Int

    /// Makes a set of options.
    public init(
        userAgent: String = "sluice",
        maximumIdleConnections: Int = 64,
        maximumHeaderBytes: Int = 64 << 10
    ) {
        self.userAgent = userAgent
        self.maximumIdleConnections = maximumIdleConnections
        self.maximumHeaderBytes = maximumHeaderBytes
    }
}
