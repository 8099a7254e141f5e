// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import TestKit

@testable import MQTT

/// Serves a topic of a broker as a fake cloud serves an address: same requests, same replies.
///
/// User properties are header fields; a reply's status travels as the user property `status`, and one that is
/// cut loses its tail. `holdsBack` keeps requests until that many are there, and answers the last first.
final class FakeResponder: Sendable {
    struct State {
        var respond: @Sendable (FakeCloud.Request) -> FakeCloud.Reply
        var requests: [FakeCloud.Request] = []
        var holdsBack = 1
        var isStopping = false
        var isReady = false
    }

    let topic: String
    let options: MQTTOptions
    let wake = WakeSignal()
    let state: Mutex<State>
    private let thread = Mutex<LoopThread?>(nil)

    init(
        broker: Broker,
        topic: String,
        respond: @escaping @Sendable (FakeCloud.Request) -> FakeCloud.Reply
    ) {
        self.topic = topic
        state = Mutex(State(respond: respond))
        var options = MQTTOptions(
            host: "127.0.0.1",
            port: broker.port,
            clientID: "responder-\(topic)"
        )
        options.cleanStart = true
        options.sessionExpiry = 0
        self.options = options
        thread.withLock {
            $0 = LoopThread(name: "responder") { [self] in ResponderLoop(self).run() }
        }
    }

    var requests: [FakeCloud.Request] { state.withLock { $0.requests } }
    var isReady: Bool { state.withLock { $0.isReady } }

    func stop() {
        state.withLock { $0.isStopping = true }
        wake.raise()
        _ = thread.withLock { $0 }?.waitUntilFinished(within: 5)
    }
}

private final class ResponderLoop: MQTTConnectionDelegate {
    private let owner: FakeResponder
    private let link: MQTTLink
    private var held: [MQTTResponse] = []

    init(_ owner: FakeResponder) {
        self.owner = owner
        link = MQTTLink(options: owner.options, wake: owner.wake)
    }

    func run() {
        while !owner.state.withLock({ $0.isStopping }) {
            owner.wake.lower()
            switch link.step() {
            case .opened:
                link.connection?.delegate = self
                link.connection?.takeResponses()
                _ = try? link.connection?.subscribe(to: owner.topic)
            case .open: turn()
            case .closed, .ended: sleep()
            }
        }
        link.close()
    }

    private func turn() {
        guard let connection = link.connection else { return }
        if connection.wantsWrite, !connection.writeOnce() { return }
        sleep()
        while case .progress = connection.readOnce() {}
    }

    private func sleep() {
        var entries = [pollfd(fd: owner.wake.fileDescriptor, events: Int16(POLLIN), revents: 0)]
        if let descriptor = link.connection?.fileDescriptor {
            entries.append(pollfd(fd: descriptor, events: link.events, revents: 0))
        }
        _ = poll(&entries, nfds_t(entries.count), 100)
    }

    func received(
        topic: UnsafePointer<CChar>,
        payload: UnsafeRawBufferPointer,
        qualityOfService: UInt8,
        isRetained: Bool
    ) {}

    func published(identifier: Int32, reason: MQTTReason) {}

    func subscribed(identifier: Int32, answer: UInt8) {
        owner.state.withLock { $0.isReady = answer < 0x80 }
    }

    func responded(_ request: MQTTResponse) {
        held.append(request)
        guard held.count >= owner.state.withLock({ $0.holdsBack }) else { return }
        for request in held.reversed() { answer(request) }
        held = []
    }

    private func answer(_ request: MQTTResponse) {
        guard let responseTopic = request.responseTopic else { return }
        var headers = Dictionary(
            request.properties.map { ($0.name.lowercased(), $0.value) },
            uniquingKeysWith: { first, _ in first }
        )
        headers["content-type"] = request.contentType
        let asked = FakeCloud.Request(
            method: "POST",
            path: owner.topic,
            headers: headers,
            bytes: request.payload,
            connection: 1
        )
        let respond = owner.state.withLock { state in
            state.requests.append(asked)
            return state.respond
        }
        let reply = respond(asked)
        let response = MQTTRequest(
            topic: responseTopic,
            payload: Array(reply.bytes.prefix(reply.cutAfter ?? .max)),
            properties: reply.headers + [("status", String(reply.status))]
        )
        _ = try? link.connection?.publish(
            response,
            responseTopic: responseTopic,
            correlation: request.correlation
        )
    }
}
