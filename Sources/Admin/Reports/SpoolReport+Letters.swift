// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
public import Spool
import Vocabulary

extension LetterFilter {
    /// A filter from words, as the command and the control socket take them.
    public init(
        code: String?,
        kind: String?,
        policy: String?,
        device: String?,
        input: String?,
        olderThanSeconds: Double?
    ) throws(SpoolFilterError) {
        let rows = try SpoolFilter(
            kind: kind,
            priority: nil,
            policy: policy,
            device: device,
            olderThanSeconds: olderThanSeconds
        )
        self.init()
        self.code = code
        self.kind = rows.kinds.first
        self.policy = policy
        self.device = device
        self.input = input
        olderThan = rows.olderThan
    }
}

/// Dead letters and single rows as JSON.
extension SpoolReport {
    /// How many letters with their payloads are told at a time.
    public static let wholeLettersLimit = 64

    /// Dead letters in their order; with payloads, `wholeLettersLimit` of them at most.
    public static func letters(
        _ spool: SpoolStore,
        filter: LetterFilter,
        after cursor: Int64,
        limit: Int,
        whole: Bool = false
    ) throws(SpoolError) -> [UInt8] {
        let limit = max(0, whole ? min(limit, wholeLettersLimit) : limit)
        var writer = JSONWriter(capacity: 4_096)
        writer.beginArray()
        for stored in try spool.deadLetters(filter, after: cursor, limit: limit) {
            if whole {
                // One that went meanwhile is left out.
                if let letter = try spool.deadLetter(stored.id) { write(letter, true, &writer) }
            } else {
                write(stored, false, &writer)
            }
        }
        writer.endArray()
        return writer.bytes
    }

    /// One dead letter with its payload; nil when it is not there.
    public static func letter(_ spool: SpoolStore, _ id: Int64) throws(SpoolError) -> [UInt8]? {
        guard let stored = try spool.deadLetter(id) else { return nil }
        var writer = JSONWriter(capacity: 1_024 + stored.letter.payload.count)
        write(stored, true, &writer)
        return writer.bytes
    }

    /// One row with its content; nil when it is not there.
    public static func row(_ spool: SpoolStore, _ id: Int64) throws(SpoolError) -> [UInt8]? {
        guard let row = try spool.row(id) else { return nil }
        var writer = JSONWriter(capacity: 1_024 + row.body.count)
        writer.beginObject()
        members(of: row, &writer)
        content(row.body, &writer)
        writer.endObject()
        return writer.bytes
    }

    /// Sends letters again, each by itself: how many were, and why others were not.
    public static func requeue(_ spool: SpoolStore, _ ids: [Int64]) -> [UInt8] {
        let desk = LetterDesk(spool: spool)
        var requeued = 0
        var refused: [(id: Int64, reason: String)] = []
        for id in ids {
            do throws(LetterDesk.Refusal) {
                try desk.requeue(id)
                requeued += 1
            } catch {
                refused.append((id, error.description))
            }
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("requeued", requeued)
        write(refused, &writer)
        writer.endObject()
        return writer.bytes
    }

    /// What was not done of what was asked, each with its reason.
    static func write(_ refused: [(id: Int64, reason: String)], _ writer: inout JSONWriter) {
        writer.key("refused")
        writer.beginArray()
        for (id, reason) in refused {
            writer.beginObject()
            writer.member("id", id)
            writer.member("reason", reason)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func write(_ stored: StoredDeadLetter, _ whole: Bool, _ writer: inout JSONWriter)
    {
        let letter = stored.letter
        writer.beginObject()
        writer.member("id", stored.id)
        writer.member("time", letter.time.rfc3339)
        writer.member("input", letter.input)
        writer.member("topic", letter.topic)
        writer.member("code", letter.code)
        writer.member("reason", letter.text)
        writer.member("attempts", letter.attempts)
        if let origin = letter.origin {
            writer.member("kind", origin.kind.name)
            writer.member("key", origin.key)
            writer.member("policy", origin.policy)
            writer.member("policy_version", origin.policyVersion)
            writer.member("device", origin.device)
            writer.member("priority", origin.priority.name)
        }
        writer.member("payload_bytes", stored.payloadBytes)
        if whole { content(letter.payload, &writer) }
        writer.endObject()
    }

    /// Bytes as text where they are some, else in hexadecimal.
    static func content(_ bytes: [UInt8], _ writer: inout JSONWriter) {
        let isPlain = bytes.allSatisfy { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }
        if isPlain, let text = String(validating: bytes, as: UTF8.self) {
            writer.member("payload", text)
        } else {
            var digits: [UInt8] = []
            digits.reserveCapacity(bytes.count * 2)
            let table = Array("0123456789abcdef".utf8)
            for byte in bytes { digits += [table[Int(byte >> 4)], table[Int(byte & 15)]] }
            writer.member("payload_hex", String(decoding: digits, as: UTF8.self))
        }
    }
}
