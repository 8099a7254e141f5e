// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

extension Ledger {
    /// A row as it was read, and how its content is kept.
    struct Stored {
        var row: SpoolRow
        var facts: RowFacts
        var seal: Int64?
    }

    /// What a look at a number comes to.
    enum Found {
        case row(Stored)
        /// It is there and cannot be read: why.
        case damaged(String)
        case missing
    }

    /// One row by its number; what cannot be read goes to the quarantine.
    func row(_ id: Int64, withBody: Bool, _ db: Database) throws -> SpoolRow? {
        switch try find(id, withBody: withBody, db) {
        case .row(let stored): return stored.row
        case .missing: return nil
        case .damaged(let reason):
            try quarantine(id, reason, db)
            return nil
        }
    }

    /// Looks one row up and, with its content, checks it.
    func find(_ id: Int64, withBody: Bool, _ db: Database) throws -> Found {
        var found = Found.missing
        let now = clock.now
        try db.each(withBody ? Self.rowWithBody : Self.rowWithoutBody, [id]) { row in
            found = self.read(row, withBody: withBody, now: now)
        }
        return found
    }

    private static let columns = """
        SELECT id, key, kind, priority, device, policy, policy_version, attempts, stored_at,
          stored_clock, expires, stream, (SELECT name FROM streams WHERE id = stream),
          (SELECT names FROM streams WHERE id = stream), length(body), parked
        """
    static let rowWithBody = columns + ", body, codec, seal, crc FROM entries WHERE id = ?"
    private static let rowWithoutBody = columns + " FROM entries WHERE id = ?"
    static let slice = columns + " FROM entries WHERE id > ? ORDER BY id LIMIT ?"

    func read(_ row: Row, withBody: Bool, now: Int64) -> Found {
        do {
            return .row(try stored(row, withBody: withBody, now: now))
        } catch let damage as ContentCodec.Damage {
            return .damaged(damage.text)
        } catch {
            return .damaged("a column has an impossible value")
        }
    }

    private func stored(_ row: Row, withBody: Bool, now: Int64) throws -> Stored {
        let kind = try row.oneOf(EntryKind.self, 2)
        let priority = try row.oneOf(Priority.self, 3)
        var facts = RowFacts(
            id: try row.integer(0),
            key: try row.text(1),
            stream: try row.integer(11),
            kind: kind.rawValue,
            priority: priority.rawValue,
            device: try row.text(4),
            policy: try row.text(5),
            policyVersion: try row.text(6),
            storedAt: try row.integer(8),
            storedClock: try row.integer(9),
            expires: try row.optionalInteger(10),
            codec: 0
        )
        var seal: Int64?
        var content = ContentCodec.Content(bytes: [])
        if withBody {
            facts.codec = Int(try row.integer(17))
            seal = try row.optionalInteger(18)
            content = try contents.content(
                ContentCodec.Stored(
                    codec: facts.codec,
                    seal: seal,
                    crc: try row.optionalInteger(19),
                    bytes: try row.bytes(16)
                ),
                facts
            )
        }
        // A stream's own row may be lost to damage; the row of the spool is not.
        let streamName = (try? row.text(12)) ?? facts.device
        let names = content.names ?? self.names(of: facts.stream, try? row.bytes(13))
        var device = facts.device
        if let names, content.names != nil || contents.keys?.hash(names[0]) == device {
            device = names[0]
        }
        let row = SpoolRow(
            id: facts.id,
            key: facts.key,
            kind: kind,
            priority: priority,
            device: device,
            stream: names?[1] ?? streamName,
            policy: facts.policy,
            policyVersion: facts.policyVersion,
            attempts: Int(try row.integer(7)),
            storedAt: WallTime(nanoseconds: facts.storedAt),
            age: Interval(nanoseconds: now &- facts.storedClock),
            timeToLive: facts.expires.map { Interval(nanoseconds: $0 &- now) },
            state: state(of: facts.id, now: now),
            parked: ParkReason(rawValue: Int(try row.integer(15))),
            bodyBytes: Int(try row.integer(14)),
            thinning: kind == .audit ? thinning.level : 0,
            body: content.bytes
        )
        return Stored(row: row, facts: facts, seal: seal)
    }

    private func state(of id: Int64, now: Int64) -> SpoolRow.State {
        switch leases.hold(on: id, now: now) {
        case .leased: .leased
        case .delayed(let until, _): .delayed(Interval(nanoseconds: until - now))
        case nil: .waiting
        }
    }

    // MARK: Names

    /// The device and stream behind a hashed stream, from what its own row keeps sealed.
    private func names(of stream: Int64, _ sealed: [UInt8]?) -> [String]? {
        guard let sealed, !sealed.isEmpty else { return nil }
        var plain = unsealed(sealed, "stream \(stream)")
        return plain?.removeNames(2)
    }

    /// Names for a column of their own: the epoch in eight bytes, then the seal.
    func sealed(_ names: [String], _ purpose: String) throws -> [UInt8]? {
        guard let keys = contents.keys else { return nil }
        var bytes: [UInt8] = []
        bytes.append(keys.current.id)
        return bytes + (try keys.seal([UInt8](names: names), with: Array(purpose.utf8)))
    }

    /// What `sealed` sealed; nil when it cannot be opened.
    func unsealed(_ bytes: [UInt8], _ purpose: String) -> [UInt8]? {
        guard let keys = contents.keys, bytes.count > 8 else { return nil }
        let epoch = bytes.prefix(8).reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return try? keys.open(Array(bytes.dropFirst(8)), epoch: epoch, with: Array(purpose.utf8))
    }
}
