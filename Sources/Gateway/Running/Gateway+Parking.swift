// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Logging
import Spool
import Sync
import Vocabulary

/// Rows whose policy, endpoint or sink is not in the configuration: parked, and let go when it is back.
extension Gateway {
    private static let endpointsSetting = "parking/endpoints"

    /// Parks lines for sinks that are gone, and lets go what the configuration has again.
    ///
    /// Endpoints change only with a restart, so their rows are looked at after a start only, and only
    /// where the endpoints are not those of the last run. Costs a look at every parked row.
    func sortParked(afterStart: Bool) async {
        let policies = Set(parts.board.edition.policies.map(\.policy.name))
        let sinks = Set(site.configuration.sinks.keys)
        var counts = (parked: 0, gone: 0)
        do throws(SpoolError) {
            counts.parked = try await spool.parkLines(besides: sinks)
            let looksAtEndpoints = afterStart ? try noteEndpoints() : false
            let admits: @Sendable (ParkedRow) -> Bool = { row in
                switch row.reason {
                case .noPolicy: policies.contains(row.policy)
                case .noEndpoint: looksAtEndpoints
                case .noSink: sinks.contains(row.sink)
                }
            }
            counts.gone = try await spool.unpark(admits)
        } catch {
            parts.logger.warning("parked rows are not sorted", metadata: ["error": "\(error)"])
        }
        if counts.parked > 0 {
            parts.logger.warning(
                "lines wait for a sink that is not configured",
                metadata: ["rows": "\(counts.parked)"]
            )
        }
        if counts.gone > 0 {
            parts.logger.info("parked rows go on", metadata: ["rows": "\(counts.gone)"])
            parts.workSignal.ring()
            drain.wake()
        }
    }

    /// True where the endpoints are not those that the last run had.
    private func noteEndpoints() throws(SpoolError) -> Bool {
        let names = site.configuration.endpoints.flatMap { name, endpoint in
            endpoint.models.keys.map { "\(name)/\($0)" }
        }
        let value = Array(names.sorted().joined(separator: "\n").utf8)
        guard try spool.meta(Self.endpointsSetting) != value else { return false }
        var change = SpoolChange()
        change.meta.append(.init(key: Self.endpointsSetting, value: value))
        spool.submitPersistently(change)
        return true
    }
}
