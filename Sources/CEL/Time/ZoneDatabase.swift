// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The rules of named time zones, read on demand from the source it was made with.
///
/// CEL itself opens no files: whoever makes the environment says how a zone's TZif file (RFC 9636)
/// is read, such as from `/usr/share/zoneinfo`. UTC and fixed offsets need no source.
public struct ZoneDatabase: Sendable {
    /// Knows UTC and fixed offsets only.
    public static let none = ZoneDatabase { _ in nil }

    private static let maximumZones = 64
    private static let maximumNameLength = 64

    private let cache: Cache

    private final class Cache: Sendable {
        let source: @Sendable (String) -> [UInt8]?
        // Shared by all lanes that evaluate the same environment's programs.
        // A name without rules is remembered too, so that it costs one look at the disk.
        let zones = Mutex<[String: ZoneRules?]>([:])

        init(source: @escaping @Sendable (String) -> [UInt8]?) {
            self.source = source
        }
    }

    /// Makes a database over a source of TZif files.
    ///
    /// - Parameter source: gives the file's bytes for a name such as `Europe/Berlin`, or nil. It is
    ///   only asked for names of letters, digits, `_`, `-`, `+` and `/` that do not start with `/`.
    public init(source: @escaping @Sendable (String) -> [UInt8]?) {
        cache = Cache(source: source)
    }

    /// Seconds that local time in the zone is ahead of UTC, for seconds since 1970; nil for an unknown zone.
    public func secondsEast(of zone: String, at seconds: Int64) -> Int64? {
        try? offset(of: zone, at: seconds)
    }

    /// Seconds that local time in the zone is ahead of UTC at an instant.
    func offset(of zone: String, at seconds: Int64) throws(EvaluationError) -> Int64 {
        guard zone.utf8.count <= ZoneDatabase.maximumNameLength else {
            throw EvaluationError(code: .conversion, message: "the time zone's name is too long")
        }
        if zone == "UTC" || zone == "Z" || zone == "GMT" || zone.isEmpty { return 0 }
        if let fixed = ZoneDatabase.fixedOffset(zone) { return fixed }
        guard let rules = rules(zone) else {
            throw EvaluationError(
                code: .conversion,
                message: "unknown time zone",
                detail: Value.string(zone).shortened
            )
        }
        return rules.offset(at: seconds)
    }

    private func rules(_ zone: String) -> ZoneRules? {
        if let known = cache.zones.withLock({ $0[zone] }) { return known }
        guard ZoneDatabase.isPlausible(zone) else { return nil }
        let rules = cache.source(zone).flatMap { ZoneRules($0) }
        cache.zones.withLock { zones in
            if zones.count >= ZoneDatabase.maximumZones { zones.removeAll() }
            zones[zone] = .some(rules)
        }
        return rules
    }

    /// `+05:30`, `-08:00`, or without a sign.
    private static func fixedOffset(_ zone: String) -> Int64? {
        var reader = DigitReader(zone)
        let isWest = reader.take("-")
        if !isWest { _ = reader.take("+") }
        guard
            let hours = reader.number(digits: 2), reader.take(":"),
            let minutes = reader.number(digits: 2), reader.isAtEnd, hours < 24, minutes < 60
        else { return nil }
        return Int64(hours * 3_600 + minutes * 60) * (isWest ? -1 : 1)
    }

    private static func isPlausible(_ zone: String) -> Bool {
        zone.first != "/"
            && zone.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2D, 0x2B, 0x2F: true
                default: false
                }
            }
    }
}
