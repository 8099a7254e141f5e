// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Spool
import Vocabulary

/// Damaged rows as JSON.
extension SpoolReport {
    /// Rows in quarantine, newest first, without content.
    public static func quarantine(
        _ spool: SpoolStore,
        before cursor: Int64 = .max,
        limit: Int
    ) throws(SpoolError) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginArray()
        for row in try spool.quarantined(before: cursor, limit: max(0, limit)) {
            writer.beginObject()
            members(of: row, &writer)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }

    /// One row in quarantine with what is left of its content; nil when it is not there.
    public static func quarantined(
        _ spool: SpoolStore,
        _ id: Int64
    ) throws(SpoolError) -> [UInt8]? {
        guard let row = try spool.quarantinedRow(id) else { return nil }
        var writer = JSONWriter(capacity: 1_024 + row.body.count * 2)
        writer.beginObject()
        members(of: row, &writer)
        content(row.body, &writer)
        writer.endObject()
        return writer.bytes
    }

    /// Puts rows of the quarantine back, each by itself: how many were, and why others were not.
    public static func release(
        _ spool: SpoolStore,
        _ ids: [Int64],
        unchecked: Bool
    ) throws(SpoolError) -> [UInt8] {
        var released: [(id: Int64, row: Int64)] = []
        var refused: [(id: Int64, reason: String)] = []
        for id in ids {
            switch try spool.release(quarantined: id, unchecked: unchecked) {
            case .released(let row): released.append((id, row))
            case .refused(let reason): refused.append((id, reason))
            case .missing: refused.append((id, "there is no row \(id) in quarantine"))
            }
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("released")
        writer.beginArray()
        for (id, row) in released {
            writer.beginObject()
            writer.member("id", id)
            writer.member("row", row)
            writer.endObject()
        }
        writer.endArray()
        write(refused, &writer)
        writer.endObject()
        return writer.bytes
    }

    private static func members(of row: QuarantinedRow, _ writer: inout JSONWriter) {
        writer.member("id", row.id)
        writer.member("time", row.time.rfc3339)
        writer.member("reason", row.reason)
        writer.member("bytes", row.bytes)
        writer.member("row", row.row)
        writer.member("key", row.key)
        writer.member("kind", row.kind?.name)
        writer.member("priority", row.priority?.name)
        writer.member("device", row.device)
        writer.member("policy", row.policy)
    }
}
