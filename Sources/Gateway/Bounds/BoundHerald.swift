// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Logging
import MQTT
import Synchronization
import Vocabulary

/// Publishes, retained, how each policy's bound stands, whenever that changes, and logs that one broke.
///
/// On `<status topic>/bounds/<policy>`. A message that does not arrive is sent again at the next round.
final class BoundHerald: Sendable {
    private let gateway: Gateway
    // Asked by the housekeeping, answered by whichever thread hears of the acknowledgement.
    private let told = Mutex<[String: BoundReport.State?]>([:])
    private let logged = Mutex<Set<String>>([])

    init(gateway: Gateway) {
        self.gateway = gateway
    }

    /// One round.
    func tell() {
        let isConnected = gateway.publisher.isConnected
        var present: Set<String> = []
        for bound in gateway.parts.board.edition.policies {
            let policy = bound.policy
            guard let report = gateway.boundReport(of: policy), report.bound != nil
            else { continue }
            present.insert(policy.name)
            log(report, policy.name, policy.version)
            let isNew = told.withLock { $0[policy.name] != .some(report.state) }
            if isNew, isConnected {
                publish(body(report, policy.name), report.state, policy.name)
            }
        }
        let gone = told.withLock { told in told.keys.filter { !present.contains($0) } }
        // An empty retained message takes the former one away (MQTT 5.0 section 3.3.1.3).
        for policy in gone where isConnected { publish([], nil, policy) }
    }

    private func log(_ report: BoundReport, _ policy: String, _ version: String) {
        guard let warning = report.warning, report.state == .broken,
            logged.withLock({ $0.insert("\(policy)@\(version)").inserted })
        else { return }
        gateway.parts.logger.error(
            "a bound is broken",
            metadata: ["policy": "\(policy)", "reason": "\(warning)"]
        )
    }

    private func publish(_ body: [UInt8], _ state: BoundReport.State?, _ policy: String) {
        told.withLock { $0[policy] = state }
        if state == nil { told.withLock { _ = $0.removeValue(forKey: policy) } }
        let publication = MQTTPublication(
            topic: "\(gateway.site.configuration.statusTopic)/bounds/\(policy)",
            payload: body,
            qualityOfService: 1,
            isRetained: true
        )
        gateway.publisher.publish([publication]) { [weak self] _, outcome in
            if case .acknowledged = outcome { return }
            self?.told.withLock { _ = $0.removeValue(forKey: policy) }
        }
    }

    private func body(_ report: BoundReport, _ policy: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("site", gateway.parts.site)
        writer.member("policy", policy)
        writer.member("state", report.state.rawValue)
        writer.member("bound", report.bound)
        writer.member("certainty", report.certainty)
        writer.member("estimate", report.estimate)
        writer.member("lower", report.lower)
        writer.member("upper", report.upper)
        writer.member("samples", report.samples)
        writer.member("response", report.response)
        writer.member("broken_since", report.brokenSince)
        writer.member("time", gateway.parts.time.wallTime.rfc3339)
        writer.endObject()
        return writer.bytes
    }
}
