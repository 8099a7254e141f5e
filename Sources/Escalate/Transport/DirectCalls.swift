// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Synchronization
import Vocabulary

/// Calls that wait for nothing but their reply, handed to the HTTP client many at once: a task each would cost
/// more than the call.
///
/// These are calls over HTTP without a credential to fetch or a budget to be written down, small enough for
/// their bodies to be written between two others.
final class DirectCalls: HTTPListener {
    struct Call: Sendable {
        var call: EndpointState.Call
        var request: CloudRequest

        init(_ call: EndpointState.Call, _ request: CloudRequest) {
            self.call = call
            self.request = request
        }
    }

    struct Outcome: Sendable {
        fileprivate var underWay: UnderWay
        var reply: Result<CloudReply, CallFailure>
        /// When it was heard, which is before it is looked at.
        var at: MonotonicInstant

        var call: EndpointState.Call { underWay.call }
        var sentBytes: Int { underWay.sentBytes }
        var replyBytes: Int {
            if case .success(let reply) = reply { reply.body.count } else { 0 }
        }
    }

    fileprivate struct UnderWay: Sendable {
        var call: EndpointState.Call
        var sentBytes: Int
        var wire: HTTPCall
    }

    private struct Heard {
        var outcomes: [HTTPOutcome]
        var at: MonotonicInstant
    }

    /// Longer replies take long enough to read for others to notice.
    static let mostReplyBytes = 32 << 10
    private static let mostValues = 2_048

    private let transport: HTTPTransport
    private let underWay = Mutex<[UInt64: UnderWay]>([:])
    /// What the client's thread leaves for whoever takes it.
    private let heard = Mutex<[Heard]>([])
    private let whenHeard: @Sendable () -> Void

    /// Nil where every call needs more than this; `whenHeard` is called, on any thread, when there is something to
    /// take.
    init?(
        options: EndpointOptions,
        http: HTTPClient,
        time: any TimeSource,
        whenHeard: @escaping @Sendable () -> Void
    ) {
        if case .mqtt = options.speaks { return nil }
        guard options.credential is NoCredential else { return nil }
        transport = HTTPTransport(options: options, http: http, time: time)
        self.whenHeard = whenHeard
    }

    /// True when a call is small enough.
    func takes(_ call: EndpointState.Call) -> Bool {
        var left = Self.mostValues
        for question in call.questions {
            for tensor in question.outbound.tensors { left -= tensor.values.count }
        }
        return left >= 0
    }

    /// Begins calls; what each of them comes to is there to be taken, once.
    func begin(_ calls: [Call]) {
        guard !calls.isEmpty else { return }
        let wires = calls.map { HTTPCall(id: $0.call.id, transport.plain($0.request), for: self) }
        underWay.withLock { underWay in
            for (call, wire) in zip(calls, wires) {
                let sent = call.request.body.count
                underWay[call.call.id] = UnderWay(call: call.call, sentBytes: sent, wire: wire)
            }
        }
        transport.http.begin(wires)
    }

    func cancel(_ call: UInt64) {
        if let wire = underWay.withLock({ $0[call]?.wire }) { transport.http.cancel(wire) }
    }

    func cancelAll() {
        let wires = underWay.withLock { $0.values.map(\.wire) }
        for wire in wires { transport.http.cancel(wire) }
    }

    /// Keeps what is heard: the client's thread has the wire to look after.
    func heard(_ outcomes: [HTTPOutcome]) {
        let now = transport.time.now
        heard.withLock { $0.append(Heard(outcomes: outcomes, at: now)) }
        whenHeard()
    }

    /// What calls have come to since this was last asked, in order.
    func takeHeard() -> [Outcome] {
        let heard = heard.withLock { heard in
            defer { heard = [] }
            return heard
        }
        guard !heard.isEmpty else { return [] }
        return underWay.withLock { underWay in
            heard.flatMap { heard in
                heard.outcomes.compactMap { outcome in
                    underWay.removeValue(forKey: outcome.id).map { call in
                        Outcome(underWay: call, reply: Self.reply(outcome.result), at: heard.at)
                    }
                }
            }
        }
    }

    private static func reply(
        _ result: Result<HTTPResponse, HTTPError>
    ) -> Result<CloudReply, CallFailure> {
        switch result {
        case .success(let response): .success(CloudReply(response))
        case .failure(let error): .failure(CallFailure(error))
        }
    }
}

extension CloudReply {
    /// A reply to a request that showed nothing secret.
    init(_ response: HTTPResponse) {
        self.init(status: response.status, headers: response.headers, body: response.body)
    }
}
