// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Spool
import Vocabulary

/// Why a filter cannot be made.
public struct SpoolFilterError: Error, Sendable {
    /// What is wrong and what is allowed.
    public var message: String
}

extension SpoolFilter {
    /// A filter from words, as the command and the control socket take them.
    public init(
        kind: String?,
        priority: String?,
        policy: String?,
        device: String?,
        olderThanSeconds: Double?,
        isParked: Bool? = nil
    ) throws(SpoolFilterError) {
        self.init()
        self.isParked = isParked
        if let kind {
            guard let known = EntryKind.allCases.first(where: { $0.name == kind }) else {
                let names = EntryKind.allCases.map(\.name).joined(separator: ", ")
                throw SpoolFilterError(message: "there is no kind `\(kind)`; known: \(names)")
            }
            kinds = [known]
        }
        if let priority {
            guard let known = Priority.allCases.first(where: { $0.name == priority }) else {
                throw SpoolFilterError(
                    message: "there is no priority `\(priority)`; known: high, normal, low"
                )
            }
            priorities = [known]
        }
        self.policy = policy
        self.device = device
        if let seconds = olderThanSeconds {
            guard seconds >= 0, seconds < 4e9 else {
                throw SpoolFilterError(message: "an age is a number of seconds, 0 or more")
            }
            olderThan = Interval(nanoseconds: Int64(seconds * 1e9))
        }
    }
}

/// What the spool holds, as JSON: the same through the control socket and without a running gateway.
public enum SpoolReport {
    /// The spool in numbers.
    public static func stats(_ spool: SpoolStore) throws(SpoolError) -> [UInt8] {
        let stats = try spool.stats()
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        let parked = stats.parked.reduce(0) { $0 + $1.rows }
        writer.member("waiting", stats.cells.reduce(0) { $0 + $1.rows } - parked)
        writer.member("leased", stats.leased)
        writer.member("delayed", stats.delayed)
        writer.key("rows")
        writer.beginArray()
        for cell in stats.cells {
            writer.beginObject()
            writer.member("kind", cell.kind.name)
            writer.member("priority", cell.priority.name)
            writer.member("rows", cell.rows)
            writer.member("bytes", cell.bytes)
            writer.endObject()
        }
        writer.endArray()
        writer.member("parked", parked)
        writer.key("parked_rows")
        writer.beginArray()
        for parked in stats.parked {
            writer.beginObject()
            writer.member("reason", parked.reason.name)
            writer.member("kind", parked.kind.name)
            writer.member("rows", parked.rows)
            writer.endObject()
        }
        writer.endArray()
        writer.key("dropped")
        writer.beginObject()
        for reason in DropReason.allCases {
            let rows = stats.dropped.filter { $0.reason == reason }.reduce(0) { $0 + $1.rows }
            if rows > 0 { writer.member(reason.rawValue, rows) }
        }
        writer.endObject()
        writer.key("dropped_rows")
        writer.beginArray()
        for dropped in stats.dropped {
            writer.beginObject()
            writer.member("reason", dropped.reason.rawValue)
            writer.member("kind", dropped.kind.name)
            writer.member("priority", dropped.priority.name)
            writer.member("rows", dropped.rows)
            writer.member("bytes", dropped.bytes)
            writer.endObject()
        }
        writer.endArray()
        writer.member("oldest_seconds", stats.oldest.map(\.age.seconds).max() ?? 0)
        writer.member("dead_letters", stats.deadLetters)
        writer.member("dead_letters_dropped", stats.deadLettersDropped)
        writer.member("damaged", stats.damaged)
        writer.member("quarantined", stats.quarantined)
        if let salvage = spool.salvage {
            writer.member("set_aside", salvage.setAside)
        }
        if let left = spool.facts.headRoom {
            writer.member("head_room_hours", left.seconds / 3600)
        }
        writer.member("bytes_in_use", stats.bytesInUse)
        writer.member("bytes_on_disk", stats.bytesOnDisk)
        writer.member("max_size", stats.maximumSize)
        writer.member("commits", stats.commits)
        writer.endObject()
        return writer.bytes
    }

    /// Rows in their order of arrival, without their content.
    public static func rows(
        _ spool: SpoolStore,
        filter: SpoolFilter,
        after cursor: Int64,
        limit: Int
    ) throws(SpoolError) -> [UInt8] {
        var writer = JSONWriter(capacity: 4_096)
        writer.beginArray()
        for row in try spool.rows(filter, after: cursor, limit: limit) {
            writer.beginObject()
            members(of: row, &writer)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    static func members(of row: SpoolRow, _ writer: inout JSONWriter) {
        writer.member("id", row.id)
        writer.member("key", row.key)
        writer.member("kind", row.kind.name)
        writer.member("priority", row.priority.name)
        writer.member("policy", row.policy)
        writer.member("device", row.device)
        writer.member("attempts", row.attempts)
        writer.member("age_seconds", row.age.seconds)
        writer.member("stored", row.storedAt.rfc3339)
        writer.member("time_to_live_seconds", row.timeToLive?.seconds)
        writer.member("state", row.parked == nil ? name(row.state) : "parked")
        writer.member("parked", row.parked?.name)
        writer.member("bytes", row.bodyBytes)
    }

    private static func name(_ state: SpoolRow.State) -> String {
        switch state {
        case .waiting: "waiting"
        case .leased: "leased"
        case .delayed: "delayed"
        }
    }
}
