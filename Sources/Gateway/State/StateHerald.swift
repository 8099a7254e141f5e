// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import MQTT
import Vocabulary

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
