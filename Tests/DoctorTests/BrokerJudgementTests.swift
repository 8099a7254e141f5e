// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import MQTT
import Testing

@testable import Doctor

@Suite struct `What is said of a broker` {
    private func items(
        _ facts: BrokerFacts,
        _ change: (inout BrokerNeeds) -> Void = { _ in }
    ) -> [String: Checkup.Item] {
        var needs = BrokerNeeds(address: "mqtt://broker:1883")
        change(&needs)
        let items = BrokerJudgement(facts: facts, needs: needs).items
        return Dictionary(items.map { ($0.subject, $0) }) { first, _ in first }
    }

    @Test func `is why it cannot be reached, and nothing else`() {
        var facts = BrokerFacts()
        facts.failure = MQTTFailure(kind: .unreachable, message: "no way", advice: "go there")
        let item = Checkup.Item("broker", .fail, "no way", remedy: "go there")
        #expect(items(facts) == ["broker": item])
        facts.failure = MQTTFailure(kind: .lost, message: "gone")
        #expect(items(facts)["broker"]?.remedy?.contains("url") == true)
    }

    @Test func `is unseen where no broker tells, with the line to write`() {
        let found = items(BrokerFacts())
        #expect(found["broker"]?.state == .ok)
        #expect(found["broker: queue"]?.state == .unseen)
        #expect(found["broker: queue"]?.remedy?.contains("max_queued_messages 0") == true)
        #expect(found["broker: persistence"]?.state == .unseen)
        #expect(found["broker: packets"]?.state == .warn)
        #expect(found["broker: dropped"]?.state == .unseen)
        #expect(found["broker: window"]?.state == .ok)
        let old = items(BrokerFacts()) { $0.isVersion311 = true }
        #expect(old["broker: window"]?.state == .unseen)
        #expect(old["broker: packets"]?.state == .unseen)
    }

    @Test func `knows the limits that its file sets`() {
        var facts = BrokerFacts()
        facts.settings = MosquittoSettings()
        facts.own["load/publish/received/1min"] = "7500"
        var found = items(facts) { $0.isVersion311 = true }
        #expect(found["broker: queue"]?.state == .warn)
        #expect(found["broker: queue"]?.says.contains("at 125.0 messages a second, 8 s") == true)
        #expect(found["broker: persistence"]?.state == .fail)
        #expect(found["broker: window"]?.state == .warn)
        #expect(found["broker: packets"]?.state == .warn)
        facts.settings = MosquittoSettings(
            parsing: """
                max_queued_messages 0
                max_queued_bytes 268435456
                persistence true
                autosave_interval 15
                max_inflight_messages 1000
                max_packet_size 1048576
                """
        )
        found = items(facts) { $0.isVersion311 = true }
        for subject in ["queue", "persistence", "window", "packets"] {
            #expect(found["broker: \(subject)"]?.state == .ok, "\(subject)")
        }
        facts.settings?.queuedBytes = 0
        #expect(items(facts)["broker: queue"]?.state == .warn)
        facts.settings?.queuedMessages = 20_000
        #expect(items(facts)["broker: queue"]?.state == .ok)
    }

    @Test(arguments: [
        (true, 50, Checkup.State.ok), (false, 0, .warn), (false, 15, .ok), (false, 1_800, .warn),
    ])
    func `weighs how often it saves`(onChanges: Bool, interval: Int, state: Checkup.State) {
        var facts = BrokerFacts()
        facts.settings = MosquittoSettings()
        facts.settings?.isPersistent = true
        facts.settings?.savesOnChanges = onChanges
        facts.settings?.saveInterval = interval
        #expect(items(facts)["broker: persistence"]?.state == state)
    }

    @Test func `names the subscriptions it refuses or grants without a promise (G1)`() {
        var facts = BrokerFacts()
        facts.subscriptions = ["a/#": 1, "b/#": 0, "c/#": 0x87]
        let found = items(facts) { $0.shared = ["$share/g/d/#"] }
        #expect(found["broker: a/#"]?.state == .ok)
        #expect(found["broker: b/#"]?.state == .fail)
        #expect(found["broker: c/#"]?.state == .fail)
        #expect(found["broker: c/#"]?.remedy?.contains("access list") == true)
        #expect(found["broker: $share/g/d/#"]?.state == .unseen)
    }

    @Test func `names what it forbids and we use`() {
        var facts = BrokerFacts()
        facts.terms.maximumQoS = 0
        facts.terms.sharedSubscriptionsAvailable = false
        facts.terms.wildcardsAvailable = false
        facts.terms.retainAvailable = false
        facts.terms.keepAlive = 10
        facts.terms.maximumPacketSize = 2_048
        var found = items(facts) { $0.shared = ["$share/g/d/#"] }
        #expect(found["broker: QoS"]?.state == .fail)
        #expect(found["broker: shared subscriptions"]?.state == .fail)
        #expect(found["broker: wildcards"]?.state == .fail)
        #expect(found["broker: retained messages"]?.state == .warn)
        #expect(found["broker: keep-alive"]?.state == .ok)
        #expect(found["broker: packets"]?.says.contains("2KiB") == true)
        found = items(facts) { $0.usesWildcards = false }
        #expect(found["broker: shared subscriptions"] == nil)
        #expect(found["broker: wildcards"] == nil)
    }

    @Test(arguments: [
        (true, "mosquitto version 2.0.11", Checkup.State.warn), (true, nil, .warn),
        (true, "mosquitto version 2.0.18", .ok), (true, "mosquitto version 12.0.110", .ok),
        (false, "mosquitto version 2.0.11", nil), (nil, "mosquitto version 2.0.11", .unseen),
        (nil, "mosquitto version 2.0.18", nil), (nil, nil, nil),
    ])
    func `warns of QoS 1 held back behind queued QoS 0`(
        isSet: Bool?,
        version: String?,
        state: Checkup.State?
    ) {
        var facts = BrokerFacts()
        facts.own["version"] = version
        if let isSet {
            facts.settings = MosquittoSettings(parsing: "queue_qos0_messages \(isSet)")
        }
        let item = items(facts)["broker: QoS 0"]
        #expect(item?.state == state)
        if state == .warn {
            #expect(item?.remedy?.contains("remove `queue_qos0_messages`") == true)
        }
    }

    @Test func `counts what it has dropped`() {
        var facts = BrokerFacts()
        facts.own["publish/messages/dropped"] = "0"
        #expect(items(facts)["broker: dropped"]?.state == .ok)
        facts.own["publish/messages/dropped"] = "3980"
        #expect(items(facts)["broker: dropped"]?.state == .warn)
        facts.own["publish/messages/dropped"] = "<script>"
        #expect(items(facts)["broker: dropped"]?.state == .unseen)
    }
}

@Suite struct `A mosquitto.conf` {
    @Test func `is read for what it says, comments and strangers left out`() {
        let settings = MosquittoSettings(
            parsing: """
                # persistence true
                listener 8883 0.0.0.0
                listener 1884
                include_dir /etc/mosquitto/conf.d
                max_queued_messages \t 5000\u{20}
                max_queued_bytes many
                queue_qos0_messages true
                persistent_client_expiration 14d
                port
                """
        )
        #expect(settings.ports == [8883, 1884])
        #expect(settings.includedFolders == ["/etc/mosquitto/conf.d"])
        #expect(settings.queuedMessages == 5_000)
        #expect(settings.queuedBytes == 0)
        #expect(settings.queuesQoS0)
        #expect(settings.clientExpiration == "14d")
        #expect(!settings.isPersistent)
        #expect(settings.listens(on: 8883) && !settings.listens(on: 1883))
        #expect(MosquittoSettings(parsing: "").listens(on: 1883))
    }
}
