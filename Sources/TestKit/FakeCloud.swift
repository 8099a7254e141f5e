// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// A tiny HTTP/1.1 server on loopback or a Unix socket that answers as a test tells it to.
///
/// One thread accepts and one serves each connection, so a slow answer holds up nobody else.
public final class FakeCloud: Sendable {
    /// A request as it came in.
    public struct Request: Sendable {
        /// The method.
        public var method: String
        /// The path with its query.
        public var path: String
        /// Header fields, names in lower case.
        public var headers: [String: String]
        /// The body.
        public var bytes: [UInt8]
        /// Which connection it came over, from 1.
        public var connection: Int
        /// The body as text.
        public var body: String { String(decoding: bytes, as: UTF8.self) }

        /// Makes a request.
        public init(
            method: String,
            path: String,
            headers: [String: String],
            bytes: [UInt8],
            connection: Int
        ) {
            self.method = method
            self.path = path
            self.headers = headers
            self.bytes = bytes
            self.connection = connection
        }
    }

    /// What to answer, and how badly.
    public struct Reply: Sendable {
        /// The status.
        public var status: Int
        /// Header fields beyond `Content-Length`.
        public var headers: [(name: String, value: String)]
        /// The body.
        public var bytes: [UInt8]
        /// Seconds to wait before the first byte.
        public var delay: Double
        /// Bytes after which the connection is cut; nil for a whole reply.
        public var cutAfter: Int?

        /// Makes a reply.
        public init(
            status: Int = 200,
            headers: [(name: String, value: String)] = [],
            body: String = "",
            delay: Double = 0,
            cutAfter: Int? = nil
        ) {
            self.status = status
            self.headers = headers
            bytes = Array(body.utf8)
            self.delay = delay
            self.cutAfter = cutAfter
        }
    }

    /// Why the server could not be started.
    public struct NotStarted: Error {
        /// The system's error number.
        public var code: Int32
    }

    private struct State {
        var respond: @Sendable (Request) -> Reply
        var requests: [Request] = []
        var connections: [Int: Int32] = [:]
        var accepted = 0
        var isStopped = false
    }

    /// The address to ask.
    public let url: String
    private let listener: Int32
    // Connections' threads and the test look at it at once.
    private let state: Mutex<State>

    /// Starts a server on a free port of 127.0.0.1, or on a Unix socket.
    public init(
        unixSocket path: String? = nil,
        respond: @escaping @Sendable (Request) -> Reply
    ) throws {
        let socket = try path.map(Self.listen(path:)) ?? Self.listenOnLoopback()
        listener = socket.descriptor
        url = socket.url
        state = Mutex(State(respond: respond))
        FakeCloudThread.run { [self] in acceptAll() }
    }

    /// Everything asked so far.
    public var requests: [Request] { state.withLock { $0.requests } }

    /// Requests asked so far whose path ends so.
    public func requests(to suffix: String) -> [Request] {
        requests.filter { $0.path.hasSuffix(suffix) }
    }

    /// Connections accepted so far.
    public var connections: Int { state.withLock { $0.accepted } }

    /// Answers differently from now on.
    public func respond(_ respond: @escaping @Sendable (Request) -> Reply) {
        state.withLock { $0.respond = respond }
    }

    /// Closes the port and all connections.
    public func stop() {
        let open = state.withLock { state -> [Int32] in
            guard !state.isStopped else { return [] }
            state.isStopped = true
            return Array(state.connections.values) + [listener]
        }
        for descriptor in open { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    private func acceptAll() {
        while true {
            let descriptor = accept(listener, nil, nil)
            guard descriptor >= 0 else { break }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let number = state.withLock { state -> Int? in
                guard !state.isStopped else { return nil }
                state.accepted += 1
                state.connections[state.accepted] = descriptor
                return state.accepted
            }
            guard let number else {
                close(descriptor)
                break
            }
            FakeCloudThread.run { [self] in
                serve(descriptor, number: number)
                state.withLock { $0.connections[number] = nil }
                shutdown(descriptor, Int32(SHUT_RDWR))
                close(descriptor)
            }
        }
        close(listener)
    }

    private func serve(_ descriptor: Int32, number: Int) {
        var stream = FakeCloudStream(descriptor: descriptor)
        while let request = stream.next(connection: number) {
            let respond = state.withLock { state in
                state.requests.append(request)
                return state.respond
            }
            let reply = respond(request)
            if reply.delay > 0 { usleep(UInt32(reply.delay * 1e6)) }
            guard stream.write(reply) else { return }
        }
    }
}
