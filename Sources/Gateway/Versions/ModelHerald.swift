// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import MQTT
import Synchronization
import Vocabulary

/// Publishes, retained, which version of each model does what and what was chosen last, whenever that
/// changes.
///
/// On `<status topic>/models/<name>`. A message that does not arrive is sent again at the next round.
final class ModelHerald: Sendable {
    private let gateway: Gateway
    // Asked by the housekeeping, answered by whichever thread hears of the acknowledgement.
    private let told = Mutex<[String: [UInt8]]>([:])

    init(gateway: Gateway) {
        self.gateway = gateway
    }

    /// One round.
    func tell() {
        guard gateway.publisher.isConnected else { return }
        let models = gateway.parts.board.edition.models
        let roles = models.engine?.roles ?? [:]
        for (name, roles) in roles {
            let body = Self.body(name, roles, models, site: gateway.parts.site)
            if told.withLock({ $0[name] != body }) { publish(body, name) }
        }
        // An empty retained message takes the former one away (MQTT 5.0 section 3.3.1.3).
        for name in told.withLock({ told in told.keys.filter { roles[$0] == nil } }) {
            publish([], name)
        }
    }

    private func publish(_ body: [UInt8], _ name: String) {
        told.withLock { $0[name] = body.isEmpty ? nil : body }
        let publication = MQTTPublication(
            topic: "\(gateway.site.configuration.statusTopic)/models/\(name)",
            payload: body,
            qualityOfService: 1,
            isRetained: true
        )
        gateway.publisher.publish([publication]) { [weak self] _, outcome in
            if case .acknowledged = outcome { return }
            self?.told.withLock { _ = $0.removeValue(forKey: name) }
        }
    }

    static func body(
        _ name: String,
        _ roles: CoreEngine.Roles,
        _ models: ModelSet,
        site: String
    ) -> [UInt8] {
        let choice = models.choiceInForce(of: name)
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("site", site)
        writer.member("model", name)
        writer.member("version", roles.active.version)
        writer.member("digest", models.engine?.models[roles.active]?.shortDigest)
        writer.member("canary", roles.canary?.reference.version)
        writer.member("share", roles.canary?.share)
        writer.member("shadow", roles.shadow?.version)
        writer.member("by", choice?.author.rawValue)
        writer.member("reason", choice?.reason)
        writer.member("time", choice?.time)
        writer.endObject()
        return writer.bytes
    }
}
