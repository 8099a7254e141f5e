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

    /// What the state follows from now.
    var stateFacts: GatewayFacts {
        var facts = GatewayFacts()
        let queue = spool.facts
        facts.endpoints = site.configuration.endpoints.mapValues { endpoint in
            endpoint.models.values.map { parts.escalate.uplink(endpoint: $0.options.name) }
                .min { Self.order($0) < Self.order($1) } ?? .online
        }
        facts.inputs = lanes.map { lane in
            let status = lane.status
            return GatewayFacts.Input(
                name: lane.options.name,
                isConnected: status.isConnected,
                pause: status.pauseReason
            )
        }
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
        storage.isReadOnly = disk.isReadOnly
        storage.refuses = options.whenFull == .refuse
        storage.dropped = spool.droppedForRoom
        if case .failing(let error) = spool.condition { storage.failure = error }
        return storage
    }

    /// Starts the thread that watches the state.
    func startWatching() -> OwnThread {
        OwnThread { [self] thread in
            let herald = StateHerald(gateway: self)
            let ear = WorkSignal().ear()
            while !thread.isStopping {
                watch.look(at: stateFacts)
                herald.tell()
                ear.wait(atMost: StateWatch.pause)
            }
        }
    }
}

/// Publishes the state, retained, on `<status topic>/state`: with every change at once, else when its
/// words have changed, once a minute at most.
final class StateHerald {
    private static let pause = Interval.seconds(60)

    private let gateway: Gateway
    private var told: GatewayStateReport?
    private var toldAt: MonotonicInstant?

    init(gateway: Gateway) {
        self.gateway = gateway
    }

    /// One round.
    func tell() {
        guard gateway.publisher.isConnected else {
            // Whoever was told before may have missed what came between.
            told = nil
            return
        }
        let (report, now) = (gateway.state, gateway.parts.time.now)
        guard Self.isNews(report, after: told, waited: toldAt.map { now - $0 }) else { return }
        (told, toldAt) = (report, now)
        let publication = MQTTPublication(
            topic: gateway.site.configuration.statusTopic + "/state",
            payload: Self.body(report, site: gateway.parts.site),
            qualityOfService: 1,
            isRetained: true
        )
        // One that does not arrive is followed by the next, at the latest after a reconnect.
        gateway.publisher.publish([publication]) { _, _ in }
    }

    static func isNews(
        _ report: GatewayStateReport,
        after told: GatewayStateReport?,
        waited: Interval?
    ) -> Bool {
        guard let told, let waited else { return true }
        if told.state != report.state || told.also != report.also || told.since != report.since {
            return true
        }
        guard waited >= pause else { return false }
        return told.causes != report.causes || told.costs != report.costs
    }

    static func body(_ report: GatewayStateReport, site: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("site", site)
        writer.member("state", report.state.rawValue)
        writer.member("since", report.since)
        for (name, texts) in [
            ("causes", report.causes), ("costs", report.costs),
            ("also", report.also.map(\.rawValue)),
        ] {
            writer.key(name)
            writer.beginArray()
            for text in texts { writer.value(text) }
            writer.endArray()
        }
        writer.member("remedy", report.remedy)
        writer.endObject()
        return writer.bytes
    }
}
