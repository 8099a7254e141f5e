// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import Sync
import Vocabulary

extension Obligation.End {
    /// What must change on disk when the obligation is the row `id`.
    func change(row id: Int64) -> SpoolChange {
        var change = also
        switch own {
        case .met:
            change.acknowledgements.append(id)
        case .kept(let entry, let delay, let countsAttempt):
            change.replacements.append(.init(id: id, kind: entry.kind, body: entry.body))
            var release = SpoolChange.Release(id: id, delay: delay, countsAttempt: countsAttempt)
            release.ends = .reached
            change.releases.append(release)
        case .dropped(let reason):
            change.drops.append(.init(id: id, reason: reason))
        case .dead(var letter, let entry):
            letter.payload = entry.body
            letter.origin = DeadLetter.Origin(entry)
            change.replacements.append(.init(id: id, kind: entry.kind, body: entry.body))
            change.burials.append(.init(id: id, letter: letter, delay: DrainOptions.letterRoom))
        }
        return change
    }

    /// Adds what must be on disk when the obligation has no row: rows that nobody works on any more.
    func join(_ change: inout SpoolChange, reserve: () -> Int64) {
        change.append(also)
        switch own {
        case .met, .dropped:
            break
        case .kept(var entry, let delay, let countsAttempt):
            entry.id = reserve()
            entry.attempts += countsAttempt ? 1 : 0
            entry.isFree = true
            change.inserts.append(entry)
            if delay > .zero {
                var release = SpoolChange.Release(id: entry.id, delay: delay)
                release.ends = .reached
                change.releases.append(release)
            }
        case .dead(let letter, var entry):
            entry.id = reserve()
            change.bury(entry, as: letter, delay: DrainOptions.letterRoom)
        }
    }
}
