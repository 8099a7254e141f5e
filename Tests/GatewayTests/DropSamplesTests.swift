// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Telemetry
import Testing
import Vocabulary

@testable import Gateway
@testable import Spool

@Suite struct `Rows that were given up, as a metric` {
    private func count(_ title: String, _ samples: [MetricSample]) -> Int64? {
        for sample in samples where sample.title == title {
            if case .counter(let count) = sample.reading { return count }
        }
        return nil
    }

    @Test func `are counted by reason, kind and priority (G4)`() {
        let samples = Gateway.dropSamples([
            .init(reason: .spoolFull, kind: .deferral, priority: .low, rows: 11_400, bytes: 1),
            .init(reason: .purged, kind: .action, priority: .high, rows: 2, bytes: 1),
        ])
        let name = "sluice_spool_dropped_rows_total"
        #expect(
            count("\(name){reason=\"spool_full\",kind=\"deferral\",priority=\"low\"}", samples)
                == 11_400
        )
        #expect(
            count("\(name){reason=\"purged\",kind=\"action\",priority=\"high\"}", samples) == 2
        )
        // A loss is seen as an increase from the first row on.
        for reason in ["expired", "letters_full"] {
            #expect(
                count("\(name){reason=\"\(reason)\",kind=\"action\",priority=\"high\"}", samples)
                    == 0
            )
        }
    }

    @Test func `are no more samples than there are reasons, kinds and priorities`() {
        let all = DropReason.allCases.flatMap { reason in
            EntryKind.allCases.flatMap { kind in
                Priority.allCases.map { priority in
                    SpoolStats.Dropped(
                        reason: reason,
                        kind: kind,
                        priority: priority,
                        rows: 1,
                        bytes: 1
                    )
                }
            }
        }
        let samples = Gateway.dropSamples(all)
        #expect(samples.count == all.count)
        #expect(Set(samples.map(\.title)).count == all.count)
        #expect(
            Gateway.dropSamples([]).count == 3 * EntryKind.allCases.count * Priority.allCases.count
        )
    }
}
