// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Spool
import Vocabulary

/// What the spool says of itself, in the status, on the status topic and as metrics.
extension Gateway {
    var spoolReport: GatewayStatus.SpoolReport {
        let facts = spool.facts
        let damage = spool.damage
        var report = GatewayStatus.SpoolReport(
            waiting: facts.depth,
            bytes: facts.bytes,
            fill: facts.fill,
            oldestSeconds: facts.oldest.seconds,
            parked: spool.parked,
            trouble: spoolTrouble
        )
        report.headRoomHours = facts.headRoom.map { $0.seconds / 3600 }
        if damage.found > 0 {
            report.damagedRows = damage.found
            report.quarantined = damage.quarantined
        }
        report.setAside = spool.salvage?.setAside
        return report
    }

    var spoolTrouble: String? {
        guard case .failing(let error) = spool.condition else { return nil }
        return error.description
    }

    /// Guarantees about stored rows that do not hold, or did not.
    var spoolWarnings: [String] {
        var warnings: [String] = []
        if let spoolTrouble { warnings.append(spoolTrouble) }
        if spool.isInMemory {
            warnings.append(
                "spool: kept in memory, as `durability: memory` says: a restart loses what waits"
            )
        }
        if let salvaging = spool.salvaging {
            warnings.append(
                "spool: the file is damaged, and what can be read of it goes into a new one: "
                    + "\(salvaging.done) of \(salvaging.of) pages; messages that need a row wait meanwhile"
            )
        } else if let salvage = spool.salvage {
            warnings.append(
                "spool: the file was damaged and is set aside as `\(salvage.setAside)`; "
                    + "\(salvage.kept) rows go on, \(salvage.damaged) are in quarantine, "
                    + "\(salvage.missing) are missing"
                    + (salvage.lostPages > 0 ? ", \(salvage.lostPages) pages are lost" : "")
                    + "; look at the disk"
            )
        } else if spool.cutPages > 0 {
            warnings.append(
                "spool: \(spool.cutPages) pages at the end of its log did not fit and were left out: after "
                    + "a power cut nothing is lost by it; without one, look at the disk"
            )
        } else if spool.damage.quarantined > 0 {
            warnings.append(
                "spool: \(spool.damage.quarantined) damaged rows are in quarantine; look at the disk"
            )
        }
        if let letterWarning { warnings.append(letterWarning) }
        return warnings
    }

    private var letterWarning: String? {
        let letters = spool.letters
        guard letters.areNearlyFull else { return nil }
        let dropped =
            letters.dropped == 0
            ? "" : ", and \(letters.dropped) left to make room since the file was made"
        return letters.areFull
            ? "dead letters: full with \(letters.count)\(dropped): rows that are refused wait until there is room; "
                + "see `sluice spool ls --dead`, then requeue or purge"
            : "dead letters: \(letters.count) of \(letters.limit)\(dropped); see `sluice spool ls --dead`"
    }

    /// Brings the spool's metrics up to date; a few times a second.
    func showSpool() {
        let facts = spool.facts
        let damage = spool.damage
        let values: [(String, Double)] = [
            ("sluice_spool_rows", Double(facts.depth)),
            ("sluice_spool_bytes", Double(facts.bytes)),
            ("sluice_spool_fill_ratio", facts.fill),
            ("sluice_spool_oldest_seconds", facts.oldest.seconds),
            ("sluice_spool_head_room_seconds", (facts.headRoom ?? .seconds(365 * 86_400)).seconds),
            ("sluice_spool_damaged_rows", Double(damage.found)),
            ("sluice_spool_quarantined_rows", Double(damage.quarantined)),
            ("sluice_spool_log_pages_cut", Double(spool.cutPages)),
            ("sluice_spool_storing", spoolTrouble == nil ? 1 : 0),
        ]
        for (label, value) in values {
            Gauge(label: label, factory: metrics).record(value)
        }
    }
}
