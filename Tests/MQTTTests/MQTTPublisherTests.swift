// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import MQTT
import TestKit
import Testing

private let hasBroker: Comment = "mosquitto is not installed"

@Suite(.enabled(if: Broker.executable != nil, hasBroker), .serialized)
struct MQTTPublisherTests {
    private func options(_ broker: Broker, _ clientID: String = "publisher") -> MQTTOptions {
        var options = MQTTOptions(host: "127.0.0.1", port: broker.port, clientID: clientID)
        options.backoff.first = 0.1
        options.backoff.cap = 0.2
        return options
    }

    private func publications(_ count: Int, qualityOfService: UInt8 = 1) -> [MQTTPublication] {
        (0..<count).map { index in
            MQTTPublication(
                topic: "out/\(index)",
                payload: Array("\(index)".utf8),
                qualityOfService: qualityOfService
            )
        }
    }

    // The keep-alive, 20 s, would find it out after this test has given up.
    @Test func `fails what a broker takes and does not acknowledge`() async throws {
        let broker = try Broker()
        let outcomes = Outcomes()
        let publisher = MQTTPublisher(options: options(broker), onStateChange: outcomes.noteState)
        publisher.start()
        #expect(await eventually { publisher.isConnected })
        broker.suspend()
        publisher.publish(publications(20), completion: outcomes.noteOutcome)
        #expect(await eventually { outcomes.all.count == 20 })
        #expect(outcomes.acknowledged == 0)
        broker.resume()
        #expect(await eventually { publisher.isConnected })
        publisher.stop(within: 2)
    }

    @Test(arguments: [UInt8(0), 1, 2], [MQTTOptions.Version.v5, .v311])
    func `every publication is acknowledged once`(
        quality: UInt8,
        version: MQTTOptions.Version
    ) async throws {
        let broker = try Broker()
        var options = options(broker)
        options.version = version
        let outcomes = Outcomes()
        let publisher = MQTTPublisher(options: options, onStateChange: outcomes.noteState)
        publisher.start()
        #expect(await eventually { publisher.isConnected })
        publisher.publish(
            publications(2_000, qualityOfService: quality),
            completion: outcomes.noteOutcome
        )
        #expect(await eventually { outcomes.acknowledged == 2_000 })
        #expect(publisher.status.outstanding == 0)
        #expect(publisher.stop(within: 2))
        #expect(outcomes.all.count == 2_000)
    }

    @Test func `without a broker everything fails at once and it keeps trying`() async throws {
        let broker = try Broker()
        broker.stop()
        let outcomes = Outcomes()
        let publisher = MQTTPublisher(options: options(broker), onStateChange: outcomes.noteState)
        publisher.start()
        publisher.publish(publications(3), completion: outcomes.noteOutcome)
        #expect(await eventually { outcomes.all.count == 3 })
        #expect(outcomes.all == Array(repeating: .failed(.notConnected), count: 3))
        #expect(await eventually { outcomes.reasons.contains { $0.contains("refused") } })
        try broker.start()
        #expect(await eventually { publisher.isConnected })
        publisher.publish(publications(1), completion: outcomes.noteOutcome)
        #expect(await eventually { outcomes.acknowledged == 1 })
        publisher.stop(within: 1)
    }

    @Test func `what is under way when the broker dies fails and the next is published`()
        async throws
    {
        let broker = try Broker()
        let outcomes = Outcomes()
        let publisher = MQTTPublisher(options: options(broker))
        publisher.start()
        #expect(await eventually { publisher.isConnected })
        broker.suspend()
        publisher.publish(publications(300), completion: outcomes.noteOutcome)
        // On a busy machine the publisher may have left the silent broker before anybody looks.
        #expect(
            await eventually {
                publisher.status.underway == MQTTPublisher.window || !outcomes.all.isEmpty
            }
        )
        broker.kill()
        #expect(await eventually { outcomes.all.count == 300 })
        #expect(outcomes.all.count { $0 == .failed(.connectionLost) } == MQTTPublisher.window)
        #expect(outcomes.all.count { $0 == .failed(.notConnected) } == 300 - MQTTPublisher.window)
        #expect(outcomes.acknowledged == 0)
        try broker.start()
        #expect(await eventually { publisher.isConnected })
        publisher.publish(publications(1), completion: outcomes.noteOutcome)
        #expect(await eventually { outcomes.acknowledged == 1 })
        publisher.stop(within: 1)
    }

    @Test func `a topic with a wildcard fails alone`() async throws {
        let broker = try Broker()
        let outcomes = Outcomes()
        let publisher = MQTTPublisher(options: options(broker))
        publisher.start()
        #expect(await eventually { publisher.isConnected })
        var both = publications(2)
        both[0].topic = "out/#"
        publisher.publish(both, completion: outcomes.noteOutcome)
        #expect(await eventually { outcomes.all.count == 2 })
        #expect(outcomes.acknowledged == 1)
        #expect(outcomes.all.contains { $0 != .acknowledged })
        publisher.stop(within: 1)
    }

    @Test func `a publication the access list forbids is refused with the reason`() async throws {
        let folder = try Broker.makeFolder()
        try Broker.write("topic write allowed/#\n", to: "\(folder)/acl")
        let broker = try Broker(folder: folder, extra: ["acl_file %folder%/acl"])
        let outcomes = Outcomes()
        let publisher = MQTTPublisher(options: options(broker))
        publisher.start()
        #expect(await eventually { publisher.isConnected })
        publisher.publish(publications(1), completion: outcomes.noteOutcome)
        #expect(await eventually { outcomes.all.count == 1 })
        #expect(outcomes.all == [.failed(.rejected(MQTTReason(code: 0x87)))])
        publisher.stop(within: 1)
    }

    @Test func `stopping waits for acknowledgements and says farewell`() async throws {
        let broker = try Broker()
        let outcomes = Outcomes()
        let publisher = MQTTPublisher(
            options: options(broker),
            birth: MQTTPublication(topic: "state", payload: Array("on".utf8), isRetained: true),
            farewell: MQTTPublication(topic: "state", payload: Array("off".utf8), isRetained: true)
        )
        publisher.start()
        #expect(await eventually { publisher.isConnected })
        publisher.publish(publications(500), completion: outcomes.noteOutcome)
        #expect(publisher.stop(within: 5))
        #expect(outcomes.acknowledged == 500)
        #expect(await eventually { broker.hasLogged("Received DISCONNECT from publisher") })
        #expect(broker.count(ofLogged: "'state'") == 2)
    }

    @Test func `stopping at a silent broker ends in time and fails what is left`() async throws {
        let broker = try Broker()
        let outcomes = Outcomes()
        let publisher = MQTTPublisher(options: options(broker))
        publisher.start()
        #expect(await eventually { publisher.isConnected })
        broker.suspend()
        publisher.publish(publications(2), completion: outcomes.noteOutcome)
        let start = ContinuousClock.now
        #expect(publisher.stop(within: 0.5))
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(outcomes.all == [.failed(.stopped), .failed(.stopped)])
        publisher.publish(publications(1), completion: outcomes.noteOutcome)
        #expect(outcomes.all.count == 3)
        broker.resume()
    }

    @Test func `a host that never answers does not hold up a stop`() async throws {
        // TEST-NET-1 (RFC 5737): packets to it go nowhere or are refused on the way.
        var options = MQTTOptions(host: "192.0.2.1", port: 1_883, clientID: "nobody")
        options.connectTimeout = 0.3
        options.backoff.first = 0.05
        let outcomes = Outcomes()
        let publisher = MQTTPublisher(options: options, onStateChange: outcomes.noteState)
        publisher.start()
        #expect(await eventually { !outcomes.reasons.isEmpty })
        let start = ContinuousClock.now
        #expect(publisher.stop(within: 1))
        #expect(ContinuousClock.now - start < .seconds(1))
    }
}
