// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Crypto
import Foundation
import MQTT
import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Sync

/// A broker's connection that answers as a test says.
final class FakeLink: MQTTSink.Link {
    struct Seen {
        var published: [MQTTPublication] = []
        var starts = 0
        var stops = 0
        var password: String?
        var failure: MQTTFailure?
        var isConnected = true
    }

    // Used by the sink and the test in turn.
    let seen = Mutex(Seen())
    let options: MQTTOptions
    private let answer: @Sendable (MQTTPublication) -> MQTTPublishOutcome

    init(
        _ options: MQTTOptions,
        _ answer: @escaping @Sendable (MQTTPublication) -> MQTTPublishOutcome
    ) {
        self.options = options
        self.answer = answer
    }

    var isConnected: Bool { seen.withLock(\.isConnected) }
    var reason: String { "the test says so" }

    // Connecting asks for the password, as the real one's thread does.
    func start() {
        var fresh = options
        var failure: MQTTFailure?
        do throws(MQTTFailure) {
            try options.renew?(&fresh)
        } catch {
            failure = error
        }
        seen.withLock { seen in
            seen.starts += 1
            seen.password = fresh.password
            seen.failure = failure
        }
    }

    func stop(within seconds: Double) -> Bool {
        seen.withLock { $0.stops += 1 }
        return true
    }

    func publish(
        _ publications: [MQTTPublication],
        completion: @escaping @Sendable (Int, MQTTPublishOutcome) -> Void
    ) {
        guard seen.withLock({ $0.failure }) == nil else {
            for index in publications.indices { completion(index, .failed(.notConnected)) }
            return
        }
        seen.withLock { $0.published += publications }
        for (index, publication) in publications.enumerated() {
            completion(index, answer(publication))
        }
    }
}

@Suite struct `A sink behind a cloud's broker` {
    private final class Links: Sendable {
        let all = Mutex<[FakeLink]>([])
    }

    private let clock = ManualClock()
    private let links = Links()

    private func sink(
        _ dialect: BrokerDialect,
        topic: String? = "sluice/{site}/{policy}/{device}",
        password: @escaping @Sendable (WallTime) throws(MQTTFailure) -> MQTTSink.Password = { _ in
            MQTTSink.Password(nil)
        },
        answer: @escaping @Sendable (MQTTPublication) -> MQTTPublishOutcome = { _ in .acknowledged }
    ) throws -> MQTTSink {
        let template = try topic.map { try TopicTemplate(Template($0)) }
        return MQTTSink(
            MQTTSink.Options(
                connection: MQTTOptions(host: "hub.test", clientID: "line4"),
                dialect: dialect,
                topic: template,
                site: "plant",
                password: password
            ),
            time: clock
        ) { [links] options in
            let link = FakeLink(options, answer)
            links.all.withLock { $0.append(link) }
            return link
        }
    }

    private func line(
        _ key: String = "k:0:sink",
        device: String? = "7",
        size: Int = 2
    )
        -> OutboundLine
    {
        OutboundLine(
            key: key,
            policy: "wear",
            device: device,
            json: [UInt8](repeating: UInt8(ascii: "x"), count: size)
        )
    }

    private var published: [MQTTPublication] {
        links.all.withLock { $0.flatMap { link in link.seen.withLock { $0.published } } }
    }

    @Test func `publishes on the topic that the configuration makes, at QoS 1`() async throws {
        let outcomes = await (try sink(.plain)).send([line()], streams: ["a"])
        #expect(outcomes == [.stored])
        #expect(published.first?.topic == "sluice/plant/wear/7")
        #expect(published.first?.qualityOfService == 1)
        #expect(published.first?.isRetained == false)
    }

    @Test func `publishes on the hub's own topic, with the key as the message's id`() async throws {
        _ = await (try sink(.azureIoTHub, topic: nil)).send([line("a:1:sink/x")], streams: ["a"])
        #expect(
            published.first?.topic
                == "devices/line4/messages/events/%24.mid=a%3A1%3Asink%2Fx&%24.ct=application%2Fjson"
                + "&%24.ce=utf-8&policy=wear"
        )
    }

    @Test func `logs in to the hub under its name for us`() {
        #expect(
            BrokerDialect.azureIoTHub.username(host: "hub.azure-devices.net", device: "line4")
                == "hub.azure-devices.net/line4/?api-version=2021-04-12"
        )
        #expect(BrokerDialect.awsIoTCore.username(host: "h", device: "d") == nil)
    }

    @Test func `refuses what AWS would end the connection over`() async throws {
        let sink = try sink(.awsIoTCore)
        let deep = line("a", device: "1/2/3/4/5/6/7")
        let long = line("b", device: String(repeating: "x", count: 300))
        let large = line("c", size: (128 << 10) + 1)
        let fits = line("d", size: 128 << 10)
        let outcomes = await sink.send([deep, long, large, fits], streams: ["a", "b", "c", "d"])
        #expect(outcomes[0] == .refused("no topic that the broker takes can be made"))
        #expect(outcomes[1] == .refused("no topic that the broker takes can be made"))
        #expect(outcomes[2] == .refused("131073 bytes are more than the 131072 the broker takes"))
        #expect(outcomes[3] == .stored)
    }

    @Test func `holds what is behind a refused line of its stream`() async throws {
        let outcomes = await (try sink(.awsIoTCore)).send(
            [line("a", size: 1 << 20), line("b"), line("c")],
            streams: ["one", "one", "two"]
        )
        #expect(outcomes[1] == .held)
        #expect(outcomes[2] == .stored)
    }

    @Test func `has no more than a hundred under way with AWS`() throws {
        #expect(try sink(.awsIoTCore).limits.lines == 100)
    }

    @Test func `blames no line for a broker that is away or lets nobody publish`() async throws {
        let away = try sink(.plain, answer: { _ in .failed(.notConnected) })
        let refusing = try sink(
            .plain,
            answer: { _ in .failed(.rejected(MQTTReason(code: 0x87))) }
        )
        for sink in [away, refusing] {
            let outcomes = await sink.send([line()], streams: ["a"])
            guard case .failed = outcomes[0] else {
                Issue.record("\(outcomes)")
                continue
            }
        }
    }

    @Test func `says why the broker ended the connection over a line (G6)`() async throws {
        let sink = try sink(.plain, answer: { _ in .failed(.connectionLost) })
        sink.start()
        let lost = "the connection was lost before the broker acknowledged"
        // It is made again already, and what ended the last one is not known any more.
        #expect(await sink.send([line()], streams: ["a"]) == [.failed(lost)])
        for link in links.all.withLock({ $0 }) { link.seen.withLock { $0.isConnected = false } }
        let outcomes = await sink.send([line()], streams: ["a"])
        #expect(outcomes == [.failed("\(lost): the test says so")])
    }

    @Test func `connects anew, with a fresh token, before the old one ends`() async throws {
        let sink = try sink(
            .azureIoTHub,
            topic: nil,
            password: { now in
                MQTTSink.Password("token of \(now.nanoseconds)", renewal: now + .seconds(60))
            }
        )
        sink.start()
        _ = await sink.send([line()], streams: ["a"])
        #expect(links.all.withLock { $0.count } == 1)
        clock.advance(by: .seconds(61))
        #expect(await sink.send([line()], streams: ["a"]) == [.stored])
        let made = links.all.withLock { $0 }
        #expect(made.count == 2)
        #expect(made[0].seen.withLock { $0.stops } == 1)
        #expect(
            made[0].seen.withLock { $0.password } != made[1].seen.withLock { $0.password }
        )
        sink.stop()
        #expect(made[1].seen.withLock { $0.stops } == 1)
        guard case .failed = await sink.send([line()], streams: ["a"])[0] else {
            Issue.record("it sends after its end")
            return
        }
    }

    @Test func `asks for the password again with every attempt to connect`() async throws {
        let asked = Mutex(0)
        let sink = try sink(
            .azureIoTHub,
            topic: nil,
            password: { now in
                let count = asked.withLock { count in
                    count += 1
                    return count
                }
                return MQTTSink.Password("token \(count)", renewal: now + .seconds(60))
            }
        )
        sink.start()
        let link = try #require(links.all.withLock { $0.first })
        clock.advance(by: .seconds(50))
        // The connection broke and is made again by itself, with a token of its own.
        link.start()
        #expect(link.seen.withLock { $0.password } == "token 2")
        clock.advance(by: .seconds(50))
        _ = await sink.send([line()], streams: ["a"])
        #expect(links.all.withLock { $0.count } == 1, "the second token holds until 110 s")
    }

    @Test func `sends nothing where its key cannot be read, and says why`() async throws {
        let sink = try sink(
            .azureIoTHub,
            topic: nil,
            password: { _ throws(MQTTFailure) in
                throw MQTTFailure(kind: .configuration, message: "the key is missing")
            }
        )
        let outcomes = await sink.send([line()], streams: ["a"])
        #expect(outcomes == [.failed("not connected: the test says so")])
        #expect(published.isEmpty)
    }

    @Test func `blames a line that the broker calls too large`() async throws {
        let sink = try sink(.plain, answer: { _ in .failed(.rejected(MQTTReason(code: 0x95))) })
        guard case .refused = await sink.send([line()], streams: ["a"])[0] else {
            Issue.record("it would be sent for ever, before all others")
            return
        }
    }
}

@Suite struct `A shared access signature` {
    private let key = Data("0123456789abcdef0123456789abcdef".utf8).base64EncodedString()

    @Test func `signs the escaped address and the end of validity`() throws {
        let signature = try SharedAccessSignature(
            resource: "hub.azure-devices.net/devices/line 4",
            key: key
        )
        let token = signature.token(expiry: WallTime(nanoseconds: 1_700_000_000_000_000_000))
        let address = "hub.azure-devices.net%2Fdevices%2Fline%204"
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(address)\n1700000000".utf8),
            using: SymmetricKey(data: Data("0123456789abcdef0123456789abcdef".utf8))
        )
        let allowed = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
        let expected =
            Data(code).base64EncodedString().addingPercentEncoding(withAllowedCharacters: allowed)
            ?? ""
        #expect(
            token == "SharedAccessSignature sr=\(address)&sig=\(expected)&se=1700000000"
        )
    }

    @Test(arguments: ["", "not base64!", "c2hvcnQ="])
    func `takes no key that is none`(text: String) {
        #expect(throws: SharedAccessSignature.UnusableKey.self) {
            try SharedAccessSignature(resource: "r", key: text)
        }
    }
}
