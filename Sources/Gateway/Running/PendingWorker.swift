// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import FoundationEssentials
import Glibc
import Ingest
import Logging
import Spool
import Synchronization
import Vocabulary

/// Decides the readings that lanes have put aside, on a thread of its own: those of slow models, and
/// those that an earlier run did not get to.
///
/// A row is deleted in the same transaction that stores what its decision is owed, so that a crash
/// decides it again under the same id; one that ends the process three times is a dead letter.
final class PendingWorker: Sendable {
    /// How often a row may have been begun before it is taken for the cause of the crashes.
    private static let attemptLimit = 3
    private static let batch = 64
    // In microseconds; the longer one where rows wait that nobody may take.
    private static let shortestPause: UInt32 = 20_000
    private static let longestPause: UInt32 = 250_000

    private let parts: PathParts
    private let logger: Logger
    // How many more rows are leased one at a time: those that a run which did not end well had in hand.
    // Leasing counts, so a row must not be leased while another one is worked on.
    private let suspects: Atomic<Int>

    init(parts: PathParts, logger: Logger) {
        self.parts = parts
        self.logger = logger
        suspects = Atomic(parts.spool.wasUncleanExit ? Self.batch : 0)
    }

    /// Starts the thread.
    func start() -> OwnThread {
        OwnThread { [self] thread in
            let path = MessagePath(name: "pending", role: .worker, parts: parts) {}
            var pause = Self.shortestPause
            while !thread.isStopping {
                // An idle gateway leaves the disk alone: what there is to do is known in memory.
                guard parts.spool.depth(of: [.pending]) > 0 else {
                    // Whatever comes later is this run's own.
                    suspects.store(0, ordering: .relaxed)
                    pause = Self.shortestPause
                    usleep(pause)
                    continue
                }
                if work(path, thread) {
                    pause = Self.shortestPause
                } else {
                    usleep(pause)
                    pause = min(pause * 2, Self.longestPause)
                }
            }
        }
    }

    /// One round; true when there may be more.
    private func work(_ path: MessagePath, _ thread: OwnThread) -> Bool {
        let rows: [SpoolRow]
        do throws(SpoolError) {
            let isSuspect = suspects.load(ordering: .relaxed) > 0
            rows = try parts.spool.lease([.pending], limit: isSuspect ? 1 : Self.batch)
            if isSuspect { suspects.wrappingSubtract(1, ordering: .relaxed) }
        } catch {
            return false
        }
        guard !rows.isEmpty else { return false }
        let ends = rows.filter { $0.attempts > Self.attemptLimit }
        for row in ends {
            bury(row, path, code: "ends_process", "the process ended while it worked on it")
        }
        finish(ends, path)
        decide(rows.filter { $0.attempts <= Self.attemptLimit }, path, thread)
        return true
    }

    private func decide(_ rows: [SpoolRow], _ path: MessagePath, _ thread: OwnThread) {
        var decided: [SpoolRow] = []
        for row in rows {
            guard !thread.isStopping else {
                // Not begun after all: a stop must not count as an end of the process.
                var release = SpoolChange.Release(id: row.id)
                release.takesAttemptBack = true
                path.open.change.releases.append(release)
                continue
            }
            decided.append(row)
            do {
                try path.decide(PendingMessage.decoded(row.body))
            } catch {
                bury(row, path, code: "unreadable", "the row cannot be read: \(error)")
            }
        }
        finish(decided, path)
    }

    private func finish(_ rows: [SpoolRow], _ path: MessagePath) {
        path.open.change.acknowledgements += rows.map(\.id)
        do throws(SettleFailure) {
            try path.settle()
        } catch {
            // The rows are still on disk; what they led to is forgotten, and decided again.
            path.abandon()
            logger.warning(
                "pending readings cannot be settled",
                metadata: ["error": "\(error.message)"]
            )
            var change = SpoolChange()
            change.releases = rows.map { row in
                var release = SpoolChange.Release(id: row.id, delay: .seconds(1))
                release.takesAttemptBack = true
                return release
            }
            parts.spool.submitPersistently(change)
        }
    }

    private func bury(_ row: SpoolRow, _ path: MessagePath, code: String, _ text: String) {
        parts.trail.buried(code, text)
        path.open.change.deadLetters.append(
            DeadLetter(
                time: parts.time.wallTime,
                input: "pending",
                topic: row.key,
                payload: row.body,
                code: code,
                text: text,
                attempts: row.attempts
            )
        )
    }
}
