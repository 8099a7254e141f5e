// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import MQTT
import TestKit
import Testing
import Vocabulary

private let hasBroker: Comment = "mosquitto is not installed"
private let hour = Interval.seconds(3_600)

@Suite(.enabled(if: Broker.executable != nil, hasBroker), .serialized)
struct LaneBrokerTests {
    private func numbers(_ range: Range<Int>) -> [String] { range.map { "\($0)" } }

    @Test(arguments: [UInt8(0), 1, 2], [MQTTOptions.Version.v5, .v311])
    func `receives what is published, in order and with its quality of service`(
        quality: UInt8,
        version: MQTTOptions.Version
    ) async throws {
        let rig = try LaneRig { $0.mqtt.version = version }
        #expect(await rig.start())
        rig.publish(numbers(0..<2_000), qualityOfService: quality)
        #expect(await eventually { rig.record.messages.count == 2_000 })
        #expect(rig.record.payloads == numbers(0..<2_000))
        let arrived = min(quality, 1)
        #expect(rig.record.messages.allSatisfy { $0.qualityOfService == arrived })
        #expect(rig.lane.status.messages[Int(arrived)] == 2_000)
        #expect(rig.lane.status.subscriptions == ["in/#": .granted(qualityOfService: 1)])
        rig.stop()
    }

    @Test func `no acknowledgement leaves before the settle`() async throws {
        let rig = try LaneRig { $0.linger = hour }
        #expect(await rig.start())
        rig.publish(numbers(0..<50))
        #expect(await eventually { rig.record.messages.count == 50 })
        // The publisher's last acknowledgement comes after the lane's would have come.
        rig.publish(["probe"], to: "other")
        #expect(await eventually { rig.broker.hasLogged("'other'") })
        #expect(rig.acknowledgements == 0)
        #expect(rig.lane.status.unsettled == 50)
        rig.record.behave(.completes)
        rig.lane.wake()
        #expect(await eventually { rig.acknowledgements == 50 })
        #expect(rig.lane.status.unsettled == 0)
        rig.stop()
    }

    @Test func `what was not settled is sent again, marked, over the next connection`()
        async throws
    {
        let rig = try LaneRig { $0.linger = hour }
        #expect(await rig.start())
        rig.publish(numbers(0..<50))
        #expect(await eventually { rig.record.messages.count == 50 })
        rig.broker.stop()
        #expect(await eventually { !rig.lane.status.isConnected })
        rig.record.behave(.completes)
        try rig.broker.start()
        #expect(await eventually { rig.record.messages.count == 100 })
        let copies = rig.record.messages.suffix(50)
        #expect(copies.map(\.payload) == numbers(0..<50))
        #expect(copies.allSatisfy { $0.isDuplicate })
        #expect(rig.record.messages.prefix(50).allSatisfy { !$0.isDuplicate })
        #expect(
            rig.record.connections == [
                "present false, expected false, unclean false",
                "acknowledgements lost",
                "present true, expected true, unclean false",
            ]
        )
        #expect(await eventually { rig.publisher.isConnected })
        rig.publish(["new"])
        #expect(await eventually { rig.record.payloads.last == "new" })
        #expect(rig.record.messages.last?.isDuplicate == false)
        #expect(rig.lane.status.sessionGaps == 0)
        #expect(rig.lane.status.connections == 2)
        rig.stop()
    }

    @Test func `a failing disk pauses the lane and the broker keeps the messages`() async throws {
        let rig = try LaneRig(.fails)
        #expect(await rig.start())
        rig.publish(numbers(0..<20))
        #expect(await eventually { rig.lane.status.pauseReason != nil })
        #expect(rig.lane.status.pauseReason?.kind == .storageFull)
        #expect(await eventually { rig.lane.status.connections >= 2 })
        #expect(rig.acknowledgements == 0)
        #expect(!rig.broker.hasLogged("Received DISCONNECT from lane"))
        rig.record.behave(.commits)
        #expect(await eventually { rig.acknowledgements == 20 })
        #expect(await eventually { rig.lane.status.pauseReason == nil })
        #expect(rig.lane.status.secondsPaused > 0)
        #expect(Set(rig.record.payloads) == Set(numbers(0..<20)))
        #expect(rig.record.abandons >= 1)
        rig.stop()
    }

    @Test func `held, it acknowledges what it has, leaves, and finds the rest when it is let go`()
        async throws
    {
        let rig = try LaneRig { $0.linger = hour }
        #expect(await rig.start())
        rig.publish(numbers(0..<50))
        #expect(await eventually { rig.record.messages.count == 50 })
        #expect(rig.acknowledgements == 0)
        rig.lane.hold(true)
        #expect(await eventually { rig.lane.status.isHeld })
        #expect(await eventually { rig.acknowledgements == 50 })
        #expect(!rig.lane.status.isConnected)
        #expect(await eventually { rig.broker.hasLogged("Received DISCONNECT from lane") })
        rig.publish(numbers(50..<80))
        #expect(await eventually { rig.publisher.status.acknowledged == 80 })
        #expect(rig.record.messages.count == 50)
        rig.record.behave(.completes)
        rig.lane.hold(false)
        #expect(await eventually { rig.record.messages.count == 80 })
        #expect(rig.record.payloads == numbers(0..<80))
        #expect(rig.record.messages.allSatisfy { !$0.isDuplicate })
        #expect(!rig.lane.status.isHeld && rig.lane.status.sessionGaps == 0)
        rig.stop()
    }

    @Test func `held before its start, it does not connect until it is let go`() async throws {
        let rig = try LaneRig(.completes)
        rig.lane.hold(true)
        rig.lane.start()
        #expect(await eventually { rig.lane.status.isHeld })
        #expect(rig.lane.status.connections == 0)
        rig.lane.hold(false)
        #expect(await eventually { rig.lane.status.isConnected })
        rig.stop()
    }

    @Test func `goes on after the broker was killed`() async throws {
        let rig = try LaneRig(.completes)
        #expect(await rig.start())
        rig.publish(["before"])
        #expect(await eventually { rig.record.payloads == ["before"] })
        rig.broker.kill()
        #expect(await eventually { !rig.lane.status.isConnected })
        try rig.broker.start()
        #expect(await eventually { rig.lane.status.isConnected && rig.publisher.isConnected })
        #expect(
            await eventually {
                rig.lane.status.subscriptions["in/#"] == .granted(qualityOfService: 1)
            }
        )
        rig.publish(["after"])
        #expect(await eventually { rig.record.payloads.contains("after") })
        rig.stop()
    }

    // The keep-alive, 20 s, would find it out after this test has given up.
    @Test func `leaves a broker that takes everything and answers nothing, and comes back`()
        async throws
    {
        let rig = try LaneRig(.completes)
        #expect(await rig.start())
        rig.publish(["before"])
        #expect(await eventually { rig.record.payloads == ["before"] })
        rig.broker.suspend()
        #expect(await eventually { !rig.lane.status.isConnected })
        #expect(rig.lane.status.lastError?.contains("answers nothing for") == true)
        rig.broker.resume()
        #expect(await eventually { rig.lane.status.isConnected && rig.publisher.isConnected })
        rig.publish(["after"])
        #expect(await eventually { rig.record.payloads.contains("after") })
        rig.stop()
    }

    @Test func `a broker that has nothing to say is asked once and kept`() async throws {
        let rig = try LaneRig(.completes)
        #expect(await rig.start())
        rig.publish(["last"])
        #expect(await eventually { rig.record.payloads == ["last"] })
        let question = "Received UNSUBSCRIBE from lane"
        let asked = rig.broker.count(ofLogged: question)
        #expect(await eventually { rig.broker.count(ofLogged: question) > asked })
        #expect(rig.broker.count(ofLogged: question) <= asked + 1)
        #expect(rig.lane.status.connections == 1)
        rig.stop()
    }

    @Test func `a session the broker has lost is counted as a gap`() async throws {
        let rig = try LaneRig(.completes) { $0.expectsSession = true }
        #expect(await rig.start())
        #expect(rig.record.connections == ["present false, expected true, unclean false"])
        #expect(rig.lane.status.sessionGaps == 1)
        #expect(rig.log.all.contains { $0.contains("lost the session") })
        rig.stop()
    }

    @Test func `what was published while the lane was away comes when it is back`() async throws {
        let rig = try LaneRig(.completes)
        #expect(await rig.start())
        rig.lane.requestStop()
        #expect(rig.lane.waitUntilStopped(within: .seconds(5)))
        rig.publish(numbers(0..<3_000))
        #expect(await eventually { rig.publisher.status.acknowledged == 3_000 })
        let second = try LaneRig(.commits, broker: rig.broker) {
            $0.expectsSession = true
            $0.followsUncleanExit = true
        }
        #expect(await second.start())
        #expect(await eventually { second.record.messages.count == 3_000 })
        #expect(second.record.payloads == numbers(0..<3_000))
        #expect(second.record.connections == ["present true, expected true, unclean true"])
        second.stop()
        rig.stop()
    }

    @Test func `stopping settles what is open and writes its acknowledgements`() async throws {
        let rig = try LaneRig { $0.linger = hour }
        #expect(await rig.start())
        rig.publish(numbers(0..<50))
        #expect(await eventually { rig.record.messages.count == 50 })
        #expect(rig.acknowledgements == 0)
        rig.lane.requestStop()
        #expect(rig.lane.waitUntilStopped(within: .seconds(3)))
        #expect(await eventually { rig.broker.hasLogged("Received DISCONNECT from lane") })
        #expect(rig.acknowledgements == 50)
        #expect(rig.lane.status.isStopped)
        rig.stop()
    }

    @Test func `stopping with a failing disk acknowledges nothing`() async throws {
        let rig = try LaneRig { $0.linger = hour }
        #expect(await rig.start())
        rig.publish(numbers(0..<5))
        #expect(await eventually { rig.record.messages.count == 5 })
        rig.record.behave(.fails)
        rig.lane.requestStop()
        #expect(rig.lane.waitUntilStopped(within: .seconds(3)))
        #expect(await eventually { rig.broker.hasLogged("Client lane closed its connection") })
        #expect(rig.acknowledgements == 0)
        rig.stop()
    }
}
