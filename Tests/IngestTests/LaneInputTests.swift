// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import MQTT
import TestKit
import Testing
import Vocabulary

private let hasBroker: Comment = "mosquitto is not installed"

@Suite(.enabled(if: Broker.executable != nil, hasBroker), .serialized)
struct LaneInputTests {
    @Test func `a payload that is too large is refused and the lane goes on`() async throws {
        let rig = try LaneRig { $0.maximumPayload = 10_000 }
        #expect(await rig.start())
        rig.publish(["first", String(repeating: "x", count: 5_000_000), "last", ""])
        #expect(await eventually { rig.record.messages.count == 3 })
        #expect(rig.record.payloads == ["first", "last", ""])
        #expect(
            rig.record.refused == [
                "in/a: payload of 5000000 bytes; the lane allows 10000; 1024"
            ]
        )
        #expect(rig.lane.status.refused == 1)
        #expect(await eventually { rig.acknowledgements == 4 })
        rig.stop()
    }

    @Test(.enabled(if: Broker.accessPlugin != nil, "the broker's access plugin is missing"))
    func `a filter the broker refuses shows in the status and in the log`() async throws {
        let plugin = try #require(Broker.accessPlugin)
        let folder = try Broker.makeFolder()
        try Broker.write(
            """
            {"defaultACLAccess": {"publishClientSend": true, "publishClientReceive": true,
              "subscribe": false, "unsubscribe": true},
             "anonymousGroup": "anyone",
             "groups": [{"groupname": "anyone", "roles": [{"rolename": "reader"}]}],
             "roles": [{"rolename": "reader", "acls": [
               {"acltype": "subscribePattern", "topic": "in/#", "allow": true}]}]}
            """,
            to: "\(folder)/access.json"
        )
        let broker = try Broker(
            folder: folder,
            extra: ["plugin \(plugin)", "plugin_opt_config_file %folder%/access.json"]
        )
        let rig = try LaneRig(.completes, broker: broker) { $0.filters = ["in/#", "secret/#"] }
        #expect(await rig.start())
        #expect(rig.lane.status.subscriptions["in/#"] == .granted(qualityOfService: 1))
        #expect(rig.lane.status.subscriptions["secret/#"] == .refused(MQTTReason(code: 0x87)))
        #expect(
            rig.log.all.contains { line in
                line.hasPrefix("error:") && line.contains("secret/#")
                    && line.contains("access list")
            }
        )
        rig.publish(["still"])
        #expect(await eventually { rig.record.payloads == ["still"] })
        rig.stop()
    }

    @Test func `retained messages come once and are marked`() async throws {
        let rig = try LaneRig(.completes)
        rig.publisher.start()
        #expect(await eventually { rig.publisher.isConnected })
        let retained = MQTTPublication(topic: "in/r", payload: [0x72], isRetained: true)
        rig.publisher.publish([retained]) { _, _ in }
        #expect(await eventually { rig.publisher.status.acknowledged == 1 })
        #expect(await rig.start())
        #expect(await eventually { rig.record.messages.count == 1 })
        #expect(rig.record.messages.first?.isRetained == true)
        rig.broker.stop()
        #expect(await eventually { !rig.lane.status.isConnected })
        try rig.broker.start()
        #expect(await eventually { rig.lane.status.connections == 2 && rig.publisher.isConnected })
        rig.publish(["live"])
        #expect(await eventually { rig.record.payloads.contains("live") })
        #expect(rig.record.payloads == ["r", "live"])
        rig.stop()
    }

    @Test func `a filter that configuration no longer names is left`() async throws {
        let rig = try LaneRig(.completes) { $0.filters = ["in/#", "old/#"] }
        #expect(await rig.start())
        rig.lane.requestStop()
        #expect(rig.lane.waitUntilStopped(within: .seconds(5)))
        let second = try LaneRig(.completes, broker: rig.broker) {
            $0.retiredFilters = ["old/#"]
        }
        #expect(await second.start())
        second.publish(["old"], to: "old/a")
        second.publish(["new"])
        #expect(await eventually { second.record.payloads.contains("new") })
        #expect(second.record.payloads == ["new"])
        second.stop()
        rig.stop()
    }

    @Test func `a broker that is not there yet is waited for, and the log says so once`()
        async throws
    {
        let broker = try Broker()
        broker.stop()
        let rig = try LaneRig(.completes, broker: broker)
        rig.lane.start()
        #expect(await eventually { rig.lane.status.lastError?.contains("refused") == true })
        try await Task.sleep(for: .seconds(1))
        #expect(rig.log.all.filter { $0.contains("cannot connect") }.count == 1)
        try broker.start()
        #expect(await rig.start())
        rig.stop()
    }

    @Test func `dense traffic is read in bursts`() async throws {
        let rig = try LaneRig(.completes)
        #expect(await rig.start())
        rig.publish((0..<9_000).map { "\($0)" }, qualityOfService: 0)
        #expect(await eventually { rig.record.messages.count == 9_000 })
        let status = rig.lane.status
        #expect(status.messages[0] / max(1, status.bursts) >= 4)
        rig.stop()
    }

    @Test func `the broker's own count of drops is followed`() async throws {
        let broker = try Broker(extra: ["max_queued_messages 10", "max_inflight_messages 5"])
        let rig = try LaneRig(.completes, broker: broker)
        #expect(await rig.start())
        #expect(await eventually { rig.lane.status.brokerDrops == 0 })
        let sleeper = try LaneRig(.completes, broker: broker) { $0.mqtt.clientID = "sleeper" }
        #expect(await sleeper.start())
        sleeper.stop()
        rig.publish((0..<500).map { "\($0)" })
        #expect(await eventually { (rig.lane.status.brokerDrops ?? 0) > 0 })
        #expect(rig.log.all.contains { $0.contains("broker has dropped messages") })
        rig.stop()
    }
}
