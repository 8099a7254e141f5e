// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Ingest
import MQTT
import Spool
import Vocabulary

/// The gateway's state: what it follows from, and where it is told.
extension Gateway {
    /// What state the gateway is in, why, since when, what it costs and what to do; any thread.
    public var state: GatewayStateReport { watch.report }

    /// What the state follows from now, with the lanes that were found not to move.
    func stateFacts(still: [LaneVigil.Stillness]) -> GatewayFacts {
        var facts = GatewayFacts()
        let queue = spool.facts
        facts.endpoints = site.configuration.endpoints.mapValues { endpoint in
            endpoint.models.values.map { parts.escalate.uplink(endpoint: $0.options.name) }
                .min { Self.order($0) < Self.order($1) } ?? .online
        }
        for (name, endpoint) in site.configuration.endpoints {
            let reasons = endpoint.models.values.sorted { $0.options.name < $1.options.name }.map {
                parts.escalate.failing(endpoint: $0.options.name)
            }
            guard let reason = reasons.lazy.compactMap(\.self).first else { continue }
            facts.failing[name] = .init(reason: reason, isPartial: reasons.contains(nil))
        }
        facts.inputs = lanes.map { lane in
            let status = lane.status
            return GatewayFacts.Input(
                name: lane.options.name,
                isConnected: status.isConnected,
                pause: status.pauseReason,
                isHeld: status.isHeld,
                stillness: still.first { $0.name == lane.options.name }
            )
        }
        facts.orderedPause = inputPause?.sentence
        facts.isPublishing = publisher.isConnected
        facts.waiting = queue.depth
        facts.oldest = queue.oldest
        facts.storage = storageFacts(queue)
        return facts
    }

    private static func order(_ uplink: Uplink) -> Int {
        [.online, .slow, .probing, .offline].firstIndex(of: uplink) ?? 0
    }

    private func storageFacts(_ queue: QueueFacts) -> GatewayFacts.Storage {
        let options = site.configuration.spool
        let disk = watch.disk(under: site.configuration.spoolPath)
        var storage = GatewayFacts.Storage()
        storage.fill = spool.roomTaken
        storage.growth = max(0, options.maximumSize - queue.bytes)
        storage.free = disk.free
        storage.headRoom = queue.headRoom
        storage.isReadOnly = disk.isReadOnly
        storage.refuses = options.whenFull == .refuse
        storage.dropped = spool.droppedForRoom
        storage.wait = spool.diskWait
        storage.salvaging = spool.salvaging
        if case .failing(let error) = spool.condition { storage.failure = error }
        return storage
    }
}
