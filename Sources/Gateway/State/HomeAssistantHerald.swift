// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import MQTT
import Spool
import Synchronization
import Vocabulary

/// Publishes, retained, what Home Assistant is to know, and takes away what it need not know any more.
///
/// Which topics were told is kept in the spool's file before they are told, so that turning it off, or another
/// prefix, takes all of it away with the next start. A message that does not arrive is sent again.
final class HomeAssistantHerald: Sendable {
    private static let metaKey = "home_assistant"

    private let gateway: Gateway
    private let setting: HomeAssistant?
    // Asked by the housekeeping, answered by whichever thread hears of the acknowledgement.
    private let told = Mutex<[String: [UInt8]]>([:])
    // What the broker may still have of ours.
    private let kept: Mutex<Set<String>>

    init(gateway: Gateway) {
        self.gateway = gateway
        let configuration = gateway.site.configuration
        setting = configuration.homeAssistantPrefix.map {
            HomeAssistant(
                prefix: $0,
                site: configuration.site,
                statusTopic: configuration.statusTopic,
                version: Gateway.programVersion
            )
        }
        let known = (try? gateway.spool.meta(Self.metaKey)) ?? nil
        let topics = String(decoding: known ?? [], as: UTF8.self).split(separator: "\n")
        kept = Mutex(Set(topics.map(String.init)))
    }

    /// One round.
    func tell() {
        guard gateway.publisher.isConnected else { return }
        let wanted = self.wanted
        let former = kept.withLock { $0 }
        let all = former.union(wanted.keys)
        if all != former { keep(all) }
        for (topic, body) in wanted where told.withLock({ $0[topic] != body }) {
            publish(body, topic)
        }
        // An empty retained message takes the former one away (MQTT 5.0 section 3.3.1.3).
        for topic in all where wanted[topic] == nil && told.withLock({ $0[topic] != [] }) {
            publish([], topic)
        }
    }

    /// What is to be there: configurations, and the policies' own topics.
    private var wanted: [String: [UInt8]] {
        guard let setting else { return [:] }
        let policies = gateway.parts.board.edition.policies
        var wanted = setting.configurations(policies: policies.map(\.policy.name))
        for bound in policies {
            let report = gateway.boundReport(of: bound.policy)
            var writer = JSONWriter(capacity: 128)
            writer.beginObject()
            writer.member("policy", bound.policy.name)
            let state = report?.bound == nil ? nil : report?.state
            writer.member("state", state.map { "bound_" + $0.rawValue } ?? "in_force")
            writer.member("version", bound.policy.version)
            writer.member("model", bound.modelNames)
            writer.endObject()
            wanted["\(setting.statusTopic)/policies/\(bound.policy.name)"] = writer.bytes
        }
        return wanted
    }

    private func keep(_ topics: Set<String>) {
        kept.withLock { $0 = topics }
        var change = SpoolChange()
        let text = topics.sorted().joined(separator: "\n")
        change.meta.append(.init(key: Self.metaKey, value: Array(text.utf8)))
        gateway.spool.submitPersistently(change)
    }

    private func publish(_ body: [UInt8], _ topic: String) {
        told.withLock { $0[topic] = body }
        let publication = MQTTPublication(
            topic: topic,
            payload: body,
            qualityOfService: 1,
            isRetained: true
        )
        gateway.publisher.publish([publication]) { [weak self] _, outcome in
            guard let self else { return }
            guard case .acknowledged = outcome else {
                return told.withLock { _ = $0.removeValue(forKey: topic) }
            }
            if body.isEmpty { forget(topic) }
        }
    }

    /// The broker has taken it away.
    private func forget(_ topic: String) {
        let left = kept.withLock { kept in
            kept.remove(topic)
            return kept
        }
        keep(left)
    }
}
