// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import Ingest
import Logging
import Spool
import Vocabulary

/// Decides readings that lanes have put aside, a batch of rows at a time.
///
/// A row is deleted in the same transaction that stores what its decision is owed, so that a crash
/// decides it again under the same id; one that ends the process three times is a dead letter. Belongs
/// to one thread.
final class PendingWorker {
    /// How many rows are in hand at most, and how many bytes of them.
    static let mostRows = 256
    private static let mostBytes = 16 << 20
    /// How often a row may have been begun before it is taken for the cause of the crashes.
    private static let attemptLimit = 3

    let path: MessagePath
    private let parts: PathParts
    private let logger: Logger

    init(parts: PathParts, logger: Logger) {
        self.parts = parts
        self.logger = logger
        path = MessagePath(name: "pending", role: .worker, parts: parts) {}
    }

    /// One round: takes up to `limit` rows of these policies, decides them and settles what is owed.
    ///
    /// Returns how often each has been begun; empty when there was nothing, or the disk is in trouble.
    /// Blocks for as long as the models take.
    @discardableResult
    func work(_ policies: PolicySelection, limit: Int, unless isStopping: () -> Bool) -> [Int] {
        let rows: [SpoolRow]
        do throws(SpoolError) {
            rows = try parts.spool.lease(
                [.pending],
                of: policies,
                limit: limit,
                bytes: Self.mostBytes
            )
        } catch {
            return []
        }
        guard !rows.isEmpty else { return [] }
        guard !isStopping() else {
            // Not begun after all: a stop must not count as an end of the process.
            handBack(rows, delay: .zero)
            return []
        }
        let ends = rows.filter { $0.attempts > Self.attemptLimit }
        for row in ends {
            bury(row, code: .endsProcess, "the process ended while it worked on it")
        }
        finish(ends)
        var sound = rows.filter { $0.attempts <= Self.attemptLimit }
        let policies = Set(parts.board.edition.policies.map(\.policy.name))
        // Rows of no policy are messages that a person has sent again.
        park(sound.filter { !$0.policy.isEmpty && !policies.contains($0.policy) })
        sound.removeAll { !$0.policy.isEmpty && !policies.contains($0.policy) }
        var messages: [PendingMessage] = []
        for row in sound {
            do {
                messages.append(try PendingMessage.decoded(row.body))
            } catch {
                bury(row, code: .unreadable, "the row cannot be read: \(error)")
            }
        }
        path.decide(messages)
        finish(sound)
        return rows.map(\.attempts)
    }

    private func finish(_ rows: [SpoolRow]) {
        guard !rows.isEmpty else { return }
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
            handBack(rows, delay: .seconds(1))
        }
    }

    private func handBack(_ rows: [SpoolRow], delay: Interval) {
        var change = SpoolChange()
        change.releases = rows.map { row in
            var release = SpoolChange.Release(id: row.id, delay: delay)
            release.takesAttemptBack = true
            return release
        }
        parts.spool.submitPersistently(change)
    }

    /// Leaves rows where they are until their policies are back.
    private func park(_ rows: [SpoolRow]) {
        guard !rows.isEmpty else { return }
        var change = SpoolChange()
        for row in rows {
            var release = SpoolChange.Release(id: row.id)
            release.takesAttemptBack = true
            change.releases.append(release)
            change.parks.append(.init(id: row.id, reason: .noPolicy))
        }
        parts.spool.submitPersistently(change)
    }

    private func bury(_ row: SpoolRow, code: DeadLetterCode, _ text: String) {
        parts.trail.buried(code.rawValue, text)
        path.open.change.deadLetters.append(
            DeadLetter(
                time: parts.time.wallTime,
                input: "pending",
                topic: row.key,
                payload: row.body,
                code: code,
                text: text,
                attempts: row.attempts,
                origin: .init(row)
            )
        )
    }
}
