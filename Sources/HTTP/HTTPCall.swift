// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// One request for `HTTPClient.begin`, with who hears what it comes to.
public struct HTTPCall: Sendable {
    let transfer: Transfer

    /// Makes a call, to be begun once; `id` is the listener's own.
    public init(id: UInt64, _ request: HTTPRequest, for listener: any HTTPListener) {
        transfer = Transfer(id: id, request, for: listener)
    }
}

/// Hears what calls come to, of as many at once as ended at once.
public protocol HTTPListener: AnyObject, Sendable {
    /// Takes outcomes in, each call's exactly once.
    ///
    /// Called on the client's thread, which nothing else moves on meanwhile, so it must not wait; on the thread
    /// that begins a call where the client is shut down.
    func heard(_ outcomes: [HTTPOutcome])
}

/// What a call came to.
public struct HTTPOutcome: Sendable {
    /// The call's number, as its listener gave it.
    public var id: UInt64
    /// The complete reply, whatever its status, or why there is none.
    public var result: Result<HTTPResponse, HTTPError>
}

/// A task that waits for one reply.
final class ReplyWait: HTTPListener {
    typealias Continuation = CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>

    private let waiting = Mutex<Continuation?>(nil)

    func begin(_ continuation: Continuation) {
        waiting.withLock { $0 = continuation }
    }

    func heard(_ outcomes: [HTTPOutcome]) {
        let continuation = waiting.withLock { waiting in
            defer { waiting = nil }
            return waiting
        }
        if let outcome = outcomes.first { continuation?.resume(returning: outcome.result) }
    }
}
