// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Gateway
import MQTT
import Settings
import Vocabulary

/// Connects to the broker as a gateway does, and writes down what it sees.
struct BrokerLook {
    let configuration: GatewayConfiguration
    let brokerFile: String?

    var needs: BrokerNeeds {
        let broker = configuration.broker
        var needs = BrokerNeeds(
            address: "\(broker.usesTLS ? "mqtts" : "mqtt")://\(broker.host):\(broker.port)"
        )
        needs.isVersion311 = broker.isVersion311
        needs.receiveMaximum = configuration.inputs.map(\.receiveMaximum).max() ?? 500
        needs.payload = configuration.inputs.map(\.maximumPayload).max() ?? 1 << 20
        let filters = configuration.inputs.flatMap(\.filters)
        needs.shared = filters.filter { $0.hasPrefix("$share/") }
        needs.usesWildcards = filters.contains { $0.contains("+") || $0.contains("#") }
        needs.keepAlive = Int(broker.keepAlive.seconds)
        return needs
    }

    /// What it saw, and what follows from the broker's certificate where it showed one.
    ///
    /// Blocks.
    func facts() -> (BrokerFacts, certificate: Checkup.Item?) {
        var facts = BrokerFacts()
        facts.settings = settings()
        let options: MQTTOptions
        do throws(SecretReference.Unreadable) {
            options = try configuration.broker.options(connection: "doctor")
        } catch {
            facts.failure = MQTTFailure(kind: .configuration, message: error.message)
            return (facts, nil)
        }
        let visit = MQTTVisit(options: options)
        var certificate: Checkup.Item?
        do throws(MQTTFailure) {
            let started = ClockFacts.times().steady
            facts.terms = try visit.connect().terms
            facts.seconds = ClockFacts.times().steady - started
            certificate = visit.peerCertificate.map {
                CertificateFacts(der: $0, subject: "certificate: the broker's").item
            }
            facts.own = try own(visit)
            for filter in configuration.inputs.flatMap(\.filters)
            where !filter.hasPrefix("$share/") {
                facts.subscriptions[filter] = try visit.subscribe(to: filter) { _ in }
            }
        } catch {
            facts.failure = error
        }
        return (facts, certificate)
    }

    /// What the broker publishes of itself; retained, so that it comes at once.
    private func own(_ visit: MQTTVisit) throws(MQTTFailure) -> [String: String] {
        var own: [String: String] = [:]
        let lead = "$SYS/broker/"
        let take = { (arrival: MQTTVisit.Arrival) in
            guard arrival.topic.hasPrefix(lead), own.count < 256, arrival.payload.count <= 256
            else { return }
            own[String(arrival.topic.dropFirst(lead.count))] =
                String(decoding: arrival.payload, as: UTF8.self)
        }
        guard try visit.subscribe(to: lead + "#", qualityOfService: 0, onArrival: take) < 0x80
        else { return [:] }
        try visit.listen(
            for: 2,
            until: { own["publish/messages/dropped"] != nil && own["version"] != nil },
            onArrival: take
        )
        return own
    }

    /// The broker's configuration file, named or where it usually is on this machine.
    private func settings() -> MosquittoSettings? {
        if let brokerFile { return read(brokerFile) }
        let isHere = ["127.0.0.1", "::1", "localhost"].contains(configuration.broker.host)
        guard isHere, let settings = read("/etc/mosquitto/mosquitto.conf"),
            settings.listens(on: configuration.broker.port)
        else { return nil }
        return settings
    }

    private func read(_ path: String) -> MosquittoSettings? {
        guard let bytes = try? BoundedFile.read(path: path, limit: 1 << 20) else { return nil }
        var settings = MosquittoSettings(parsing: String(decoding: bytes, as: UTF8.self))
        for folder in settings.includedFolders {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for name in names.sorted().prefix(256) where name.hasSuffix(".conf") {
                guard
                    let more = try? BoundedFile.read(path: "\(folder)/\(name)", limit: 1 << 20)
                else { continue }
                settings.add(String(decoding: more, as: UTF8.self))
            }
        }
        return settings
    }
}
