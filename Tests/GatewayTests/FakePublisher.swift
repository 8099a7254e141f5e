// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import HTTP
import MQTT
import Synchronization

/// A broker that says what the test wants about every publication, at once or when it is let.
final class FakePublisher: Publishing {
    private struct State {
        var answer: MQTTPublishOutcome? = .acknowledged
        var published: [MQTTPublication] = []
        var held: [@Sendable (MQTTPublishOutcome) -> Void] = []
    }

    // Published to on any thread, read by the test.
    private let state = Mutex(State())

    var published: [MQTTPublication] { state.withLock { $0.published } }
    var topics: [String] { published.map(\.topic) }
    var bodies: [String] { published.map { String(decoding: $0.payload, as: UTF8.self) } }

    /// From now on; nil keeps what is published until `settle`.
    func answers(_ answer: MQTTPublishOutcome?) {
        state.withLock { $0.answer = answer }
    }

    /// Ends everything held, in order.
    func settle(_ outcome: MQTTPublishOutcome) {
        let held = state.withLock { state in
            defer { state.held.removeAll() }
            return state.held
        }
        for one in held { one(outcome) }
    }

    func publish(
        _ publications: [MQTTPublication],
        completion: @escaping @Sendable (Int, MQTTPublishOutcome) -> Void
    ) {
        let answer = state.withLock { state in
            state.published += publications
            if state.answer == nil {
                for index in publications.indices { state.held.append { completion(index, $0) } }
            }
            return state.answer
        }
        guard let answer else { return }
        for index in publications.indices { completion(index, answer) }
    }
}

/// A web that takes everything.
final class FakeWeb: WebCalling {
    private let sent = Mutex<[HTTPRequest]>([])

    var bodies: [String] {
        sent.withLock { $0.map { String(decoding: $0.body, as: UTF8.self) } }
    }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        sent.withLock { $0.append(request) }
        return HTTPResponse(status: 200)
    }
}
