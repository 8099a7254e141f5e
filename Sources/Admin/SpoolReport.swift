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
        olderThanSeconds: Double?
    ) throws(SpoolFilterError) {
        self.init()
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
        writer.member("waiting", stats.cells.reduce(0) { $0 + $1.rows })
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
        writer.key("dropped")
        writer.beginObject()
        for reason in DropReason.allCases {
            let rows = stats.dropped.filter { $0.reason == reason }.reduce(0) { $0 + $1.rows }
            if rows > 0 { writer.member(reason.rawValue, rows) }
        }
        writer.endObject()
        writer.member("oldest_seconds", stats.oldest.map(\.age.seconds).max() ?? 0)
        writer.member("dead_letters", stats.deadLetters)
        writer.member("dead_letters_dropped", stats.deadLettersDropped)
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
            writer.member("state", name(row.state))
            writer.member("bytes", row.bodyBytes)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    /// Dead letters in their order, without payloads.
    public static func deadLetters(
        _ spool: SpoolStore,
        after cursor: Int64,
        limit: Int
    ) throws(SpoolError) -> [UInt8] {
        var writer = JSONWriter(capacity: 4_096)
        writer.beginArray()
        for stored in try spool.deadLetters(after: cursor, limit: max(0, limit)) {
            let letter = stored.letter
            writer.beginObject()
            writer.member("id", stored.id)
            writer.member("time", letter.time.rfc3339)
            writer.member("input", letter.input)
            writer.member("topic", letter.topic)
            writer.member("code", letter.code)
            writer.member("reason", letter.text)
            writer.member("attempts", letter.attempts)
            writer.member("payload_bytes", stored.payloadBytes)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    private static func name(_ state: SpoolRow.State) -> String {
        switch state {
        case .waiting: "waiting"
        case .leased: "leased"
        case .delayed: "delayed"
        }
    }
}
