// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import HTTP
import MQTT
import Testing
import Vocabulary

@Suite struct `Publications` {
    @Test func `are delivered when the broker has acknowledged them`() {
        let stage = Stage()
        stage.deliver(alert(1), alert(2))
        #expect(stage.outcomes.all.isEmpty)
        #expect(stage.publisher.publications.map(\.topic) == ["alerts/1", "alerts/2"])
        #expect(stage.act.underWay == 2)
        stage.publisher.settle(.acknowledged)
        #expect(stage.outcomes.all == [.delivered, .delivered])
        #expect(stage.outcomes.indices == [0, 1])
        #expect(stage.act.underWay == 0)
    }

    @Test func `are not sent again once delivered (G2)`() {
        let stage = Stage()
        stage.deliver(alert(1))
        stage.publisher.settle(.acknowledged)
        stage.deliver(alert(1), alert(2))
        #expect(stage.publisher.publications.map(\.topic) == ["alerts/2"])
        #expect(stage.outcomes.all == [.delivered, .delivered])
        #expect(stage.act.counts.remembered == 1)
    }

    @Test func `under way are joined, not sent twice`() {
        let stage = Stage()
        stage.deliver(alert(1))
        stage.deliver(alert(1), alert(1))
        #expect(stage.publisher.publications.count == 1)
        stage.publisher.settle(.failed(.connectionLost))
        #expect(stage.outcomes.all.count == 3)
        #expect(Set(stage.outcomes.all).count == 1)
        #expect(stage.act.counts.undelivered == 1)
    }

    @Test func `that failed are tried again when asked for again`() {
        let stage = Stage()
        stage.deliver(alert(1))
        stage.publisher.settle(.failed(.notConnected))
        #expect(stage.outcomes.all == [.undelivered(reason: "not connected to the broker")])
        stage.deliver(alert(1))
        stage.publisher.settle(.acknowledged)
        #expect(stage.outcomes.all.last == .delivered)
    }

    @Test func `that can never succeed are rejected`() {
        let stage = Stage()
        stage.deliver(alert(1))
        stage.publisher.settle(.failed(.invalid("the topic is too long")))
        #expect(stage.outcomes.all == [.rejected(reason: "the topic is too long")])
    }

    @Test func `are dropped when they are too old`() {
        let stage = Stage()
        stage.clock.now = MonotonicInstant(nanoseconds: 100)
        stage.deliver(alert(1, notAfter: 99), alert(2, notAfter: 100))
        #expect(stage.outcomes.all == [.dropped(.tooOld)])
        #expect(stage.publisher.publications.count == 1)
    }

    @Test func `delivered long ago are forgotten`() {
        let stage = Stage(options: ActOptions(memory: 2))
        for number in 1...3 as ClosedRange<UInt64> {
            stage.deliver(alert(number))
            stage.publisher.settle(.acknowledged)
        }
        stage.deliver(alert(3))
        #expect(stage.publisher.publications.isEmpty)
        stage.deliver(alert(1))
        #expect(stage.publisher.publications.count == 1)
    }

    @Test func `for the log are delivered at once`() {
        let stage = Stage()
        stage.deliver(Effect(key: key(1), target: .log, device: "d", body: [0xFF]))
        #expect(stage.outcomes.all == [.delivered])
    }
}

@Suite struct `Webhook calls` {
    private static let withToken = ActOptions(credential: { $0 == "token" ? "secret" : nil })

    @Test func `carry the key, the type, the headers and the token`() async throws {
        let stage = Stage(options: Self.withToken)
        stage.server.reply(.success(204))
        stage.deliver(hook(1))
        await stage.outcomes.told(1)
        #expect(stage.outcomes.all == [.delivered])
        let request = try #require(stage.server.requests.first)
        #expect(request.method == "POST")
        let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
        #expect(headers["Idempotency-Key"] == key(1).description)
        #expect(headers["Content-Type"] == "application/cloudevents+json")
        #expect(headers["Authorization"] == "Bearer secret")
        #expect(headers["X-Plant"] == "4")
    }

    @Test func `without their token wait for it in the spool`() async {
        let stage = Stage()
        stage.deliver(hook(1))
        await stage.outcomes.told(1)
        #expect(
            stage.outcomes.all == [.undelivered(reason: "the webhook's token cannot be read")]
        )
        #expect(stage.server.requests.isEmpty)
    }

    @Test(arguments: [
        (FakeServer.Reply.success(200), "delivered"), (.success(299), "delivered"),
        (.success(301), "rejected"), (.success(400), "rejected"), (.success(404), "rejected"),
        (.success(408), "undelivered"), (.success(409), "undelivered"),
        (.success(429), "undelivered"), (.success(500), "undelivered"),
        (.success(503), "undelivered"),
        (.failure(HTTPError(code: .timeout, message: "")), "undelivered"),
        (.failure(HTTPError(code: .connect, message: "")), "undelivered"),
        (.failure(HTTPError(code: .tls, message: "")), "undelivered"),
        (.failure(HTTPError(code: .tooLarge, message: "")), "rejected"),
        (.failure(HTTPError(code: .invalidRequest, message: "")), "rejected"),
    ])
    func `end as the answer says`(reply: FakeServer.Reply, word: String) async {
        let stage = Stage(options: Self.withToken)
        stage.server.reply(reply)
        stage.deliver(hook(1))
        await stage.outcomes.told(1)
        let outcome = stage.outcomes.all.first
        #expect("\(outcome.map { "\($0)" } ?? "")".hasPrefix(word))
    }

    @Test func `about one device go out one after the other, others beside them`() async {
        let stage = Stage(options: Self.withToken)
        stage.deliver(hook(1, device: "a"), hook(2, device: "a"), hook(3, device: "b"))
        await stage.server.arrived(2)
        let first = stage.server.requests.flatMap { $0.headers.map(\.value) }
        #expect(first.contains(key(1).description) && first.contains(key(3).description))
        #expect(stage.server.requests.count == 2)
        stage.server.reply(.success(200))
        stage.server.reply(.success(200))
        await stage.server.arrived(3)
        #expect(stage.server.requests[2].headers.map(\.value).contains(key(2).description))
        stage.server.reply(.success(200))
        await stage.outcomes.told(3)
        #expect(stage.outcomes.all == [.delivered, .delivered, .delivered])
    }

    @Test func `beyond the bound are refused`() async {
        var options = Self.withToken
        options.callsInFlight = 1
        options.callsWaiting = 1
        let stage = Stage(options: options)
        stage.deliver(hook(1, device: "a"), hook(2, device: "b"), hook(3, device: "c"))
        #expect(stage.outcomes.indices == [2])
        stage.server.reply(.success(200))
        stage.server.reply(.success(200))
        await stage.outcomes.told(3)
        #expect(Set(stage.outcomes.indices) == [0, 1, 2])
    }

    @Test func `that waited too long are dropped`() async {
        let stage = Stage(options: Self.withToken)
        stage.deliver(hook(1), hook(2, notAfter: 5))
        await stage.server.arrived(1)
        stage.clock.now = MonotonicInstant(nanoseconds: 6)
        stage.server.reply(.success(200))
        await stage.outcomes.told(2)
        #expect(stage.outcomes.all == [.delivered, .dropped(.tooOld)])
        #expect(stage.server.requests.count == 1)
    }

    @Test func `that wait are given back when the gateway stops`() async {
        let stage = Stage(options: Self.withToken)
        stage.deliver(hook(1), hook(2))
        await stage.server.arrived(1)
        stage.act.stop()
        stage.deliver(hook(3, device: "other"))
        #expect(stage.outcomes.indices == [1, 0])
        stage.server.reply(.success(200))
        await stage.outcomes.told(3)
        #expect(stage.outcomes.all.last == .delivered)
    }
}
