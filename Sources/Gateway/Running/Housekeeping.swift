// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import MQTT
import Spool
import Telemetry
import Vocabulary

/// What is done a few times a second beside the path: traces are written out, counts are shown, and
/// the gateway's state is published, retained, whenever it changes.
struct Housekeeping {
    let gateway: Gateway

    func run() async {
        var published: [UInt8] = []
        var remembered: Set<String> = []
        var counted: [String: Int] = [:]
        let herald = BoundHerald(gateway: gateway)
        let models = ModelHerald(gateway: gateway)
        let home = HomeAssistantHerald(gateway: gateway)
        let cloud = CloudMeters(gateway: gateway)
        while !Task.isCancelled {
            gateway.parts.recorder.flush()
            for lane in gateway.lanes
            where lane.status.connections > 0 && remembered.insert(lane.options.name).inserted {
                var change = SpoolChange()
                change.meta.append(LaneMaker.remember(lane))
                gateway.spool.submitPersistently(change)
            }
            for lane in gateway.lanes {
                guard let count = lane.status.brokerCount, counted[lane.options.name] != count
                else { continue }
                counted[lane.options.name] = count
                var change = SpoolChange()
                change.meta.append(LaneMaker.remember(drops: count, of: lane))
                gateway.spool.submitPersistently(change)
            }
            herald.tell()
            gateway.showPaces()
            gateway.parts.showCounts()
            gateway.lookAtLog()
            gateway.credentials.look(at: gateway.credentialFiles, now: gateway.parts.time.now)
            cloud.show()
            gateway.showSpool()
            models.tell()
            home.tell()
            gateway.steward.look(at: gateway)
            let state = gateway.publishedState
            if state != published, gateway.publisher.isConnected {
                published = state
                publish(state)
            } else if !gateway.publisher.isConnected {
                // The birth message will have replaced it.
                published = []
            }
            try? await Task.sleep(for: .milliseconds(250))
        }
    }

    private func publish(_ state: [UInt8]) {
        let publication = MQTTPublication(
            topic: gateway.site.configuration.statusTopic,
            payload: state,
            qualityOfService: 1,
            isRetained: true
        )
        // A state that does not arrive is followed by the next one, or by the birth message.
        gateway.publisher.publish([publication]) { _, _ in }
    }
}
