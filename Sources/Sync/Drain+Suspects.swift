// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import Synchronization
import Vocabulary

/// Rows that may have ended the last run.
///
/// What that run had in hand is what a drain takes up first. A row further back that ends the process
/// is among the first of the next run.
extension Drain {
    /// How often work on a row may begin, the first time uncounted, before it is taken for the cause.
    private static let beginnings = 2

    /// Rows to work on, leased; nil when there are none.
    ///
    /// A suspect comes alone, after its beginning was counted on disk. One that has ended the process
    /// three times goes to the dead letters instead.
    func take(
        _ kinds: Set<EntryKind>,
        _ suspects: WritableKeyPath<State, Int>,
        limit: Int
    ) async throws(SpoolError) -> [SpoolRow]? {
        while true {
            let isSuspect = state.withLock { $0[keyPath: suspects] > 0 }
            // An idle gateway leaves the disk alone.
            let rows =
                spool.depth(of: kinds) == 0
                ? []
                : try await spool.leased(
                    kinds,
                    limit: isSuspect ? 1 : limit,
                    bytes: options.batchBytes,
                    order: kinds.contains(.deferral) ? .smallestDebt : .arrival
                )
            guard let row = rows.first else {
                // Whatever comes later is this run's own.
                state.withLock { $0[keyPath: suspects] = 0 }
                return nil
            }
            guard isSuspect else { return rows }
            guard try await begin(row) > Self.beginnings else {
                state.withLock { state in
                    state[keyPath: suspects] -= 1
                    state.counted.insert(row.id)
                }
                return [row]
            }
            var change = SpoolChange()
            let reason = "the process ended three times while it worked on this row"
            bury(row, code: .endsProcess, reason, in: &change)
            change.finishedAttempts.append(desk.attemptKey(of: row))
            await withCheckedContinuation { stored in
                spool.submitPersistently(change) { stored.resume() }
            }
        }
    }

    /// Notes that the process has outlived its work on `row`.
    func finish(_ row: SpoolRow, in change: inout SpoolChange) {
        guard state.withLock({ $0.counted.remove(row.id) }) != nil else { return }
        change.finishedAttempts.append(desk.attemptKey(of: row))
    }

    private func begin(_ row: SpoolRow) async throws(SpoolError) -> Int {
        do throws(SpoolError) {
            return try await spool.begunAttempts([desk.attemptKey(of: row)]).first ?? 1
        } catch {
            var change = SpoolChange()
            change.releases.append(.init(id: row.id))
            spool.submitPersistently(change)
            throw error
        }
    }
}
