// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import Vocabulary

extension SpoolStore {
    /// Stores `count` rows alike; returns their numbers.
    @discardableResult
    func put(
        _ count: Int = 1,
        _ kind: EntryKind = .deferral,
        _ priority: Priority = .normal,
        device: String = "4/17",
        stream: String? = nil,
        policy: String = "bearing-wear",
        timeToLive: Interval? = nil,
        bytes: Int = 16,
        leased: Bool = false
    ) throws -> [Int64] {
        let ids = reserveIDs(count)
        var change = SpoolChange()
        change.insertsAreLeased = leased
        change.inserts = ids.map { id in
            NewEntry(
                id: id,
                key: "key-\(id)",
                kind: kind,
                priority: priority,
                device: device,
                stream: stream,
                policy: policy,
                policyVersion: "v1",
                timeToLive: timeToLive,
                body: [UInt8](repeating: UInt8(truncatingIfNeeded: id), count: bytes)
            )
        }
        try commit(change)
        return Array(ids)
    }

    func take(
        _ kinds: Set<EntryKind> = [.escalation, .deferral],
        _ limit: Int = 100
    ) throws
        -> [Int64]
    {
        try lease(kinds, limit: limit).map(\.id)
    }

    func acknowledge(_ ids: [Int64]) throws {
        var change = SpoolChange()
        change.acknowledgements = ids
        try commit(change)
    }

    func release(
        _ ids: [Int64],
        delay: Interval = .zero,
        countsAttempt: Bool = false
    ) throws {
        var change = SpoolChange()
        change.releases = ids.map {
            SpoolChange.Release(id: $0, delay: delay, countsAttempt: countsAttempt)
        }
        try commit(change)
    }

    func drop(_ ids: [Int64], _ reason: DropReason) throws {
        var change = SpoolChange()
        change.drops = ids.map { SpoolChange.Drop(id: $0, reason: reason) }
        try commit(change)
    }
}

extension SpoolStats {
    var rows: Int { cells.reduce(0) { $0 + $1.rows } }

    func dropped(_ reason: DropReason) -> Int {
        dropped.reduce(0) { $1.reason == reason ? $0 + $1.rows : $0 }
    }
}
