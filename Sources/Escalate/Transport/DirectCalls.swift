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

        var call: EndpointState.Call { underWay.call }
        var sentBytes: Int { underWay.sentBytes }
        var replyBytes: Int {
            if case .success(let reply) = reply { reply.body.count } else { 0 }
        }
    }

    typealias Listener = @Sendable ([Outcome]) -> Void

    fileprivate final class UnderWay: Sendable {
        let call: EndpointState.Call
        let sentBytes: Int
        let wire: HTTPCall
        let listener: Listener

        init(_ call: Call, _ wire: HTTPCall, _ listener: @escaping Listener) {
            self.call = call.call
            sentBytes = call.request.body.count
            self.wire = wire
            self.listener = listener
        }
    }

    /// Longer replies take long enough to read for others to notice.
    static let mostReplyBytes = 32 << 10
    private static let mostValues = 2_048

    private let transport: HTTPTransport
    private let underWay = Mutex<[UInt64: UnderWay]>([:])

    /// Nil where every call needs more than this.
    init?(options: EndpointOptions, http: HTTPClient, time: any TimeSource) {
        if case .mqtt = options.speaks { return nil }
        guard options.credential is NoCredential else { return nil }
        transport = HTTPTransport(options: options, http: http, time: time)
    }

    /// True when a call is small enough.
    func takes(_ call: EndpointState.Call) -> Bool {
        var left = Self.mostValues
        for question in call.questions {
            for tensor in question.outbound.tensors { left -= tensor.values.count }
        }
        return left >= 0
    }

    /// Begins calls; `listener` hears what each of them comes to, once, on the client's thread.
    func begin(_ calls: [Call], listener: @escaping Listener) {
        guard !calls.isEmpty else { return }
        let wires = calls.map { HTTPCall(id: $0.call.id, transport.plain($0.request), for: self) }
        underWay.withLock { underWay in
            for (call, wire) in zip(calls, wires) {
                underWay[call.call.id] = UnderWay(call, wire, listener)
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

    func heard(_ outcomes: [HTTPOutcome]) {
        let ended = underWay.withLock { underWay in
            outcomes.map { underWay.removeValue(forKey: $0.id) }
        }
        var heard: [Outcome] = []
        heard.reserveCapacity(ended.count)
        for (outcome, call) in zip(outcomes, ended) {
            guard let call else { continue }
            let reply: Result<CloudReply, CallFailure> =
                switch outcome.result {
                case .success(let response): .success(CloudReply(response))
                case .failure(let error): .failure(CallFailure(error))
                }
            heard.append(Outcome(underWay: call, reply: reply))
        }
        // All of an endpoint's listeners do the same.
        heard.first?.underWay.listener(heard)
    }
}

extension CloudReply {
    /// A reply to a request that showed nothing secret.
    init(_ response: HTTPResponse) {
        self.init(status: response.status, headers: response.headers, body: response.body)
    }
}
