// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB

/// One record of a page of a damaged store.
struct FoundRecord {
    /// The row's number; 0 in a table that has none.
    var id: Int64
    var values: [DatabaseValue]

    subscript(_ index: Int) -> DatabaseValue { index < values.count ? values[index] : .null }

    /// What kinds of values it has, a letter each: `i`nteger, `t`ext, `b`lob, `n`othing, `r`eal.
    var shape: String {
        String(
            values.map { value -> Character in
                switch value.storage {
                case .null: "n"
                case .int64: "i"
                case .double: "r"
                case .string: "t"
                case .blob: "b"
                }
            }
        )
    }

    func integer(_ index: Int) -> Int64? {
        if case .int64(let number) = self[index].storage { number } else { nil }
    }

    func text(_ index: Int) -> String? {
        if case .string(let text) = self[index].storage { text } else { nil }
    }
}

/// What one page of a damaged store holds.
struct FoundPage {
    var isTable = false
    var records: [FoundRecord] = []
    /// Cells that make no sense.
    var broken = 0

    /// Reads the cells of a b-tree page (SQLite's "Database File Format", section 1.6); nil for a page
    /// of another kind.
    ///
    /// `page` fetches what overflows. Everything is bounded by the page and by the length that a cell
    /// states, which is at most `ContentCodec.largestContent` and some.
    init?(_ bytes: [UInt8], isFirst: Bool, page: (Int) -> [UInt8]?) {
        let start = isFirst ? 100 : 0
        let usable = bytes.count
        let kind = bytes[start]
        // Inner pages of tables hold no records; those of indexes do.
        guard kind == 0x0D || kind == 0x0A || kind == 0x02 else { return nil }
        isTable = kind == 0x0D
        let header = start + (kind == 0x02 ? 12 : 8)
        let count = Self.short(bytes, start + 3)
        guard header + count * 2 <= usable else {
            broken = 1
            return
        }
        for index in 0..<count {
            var place = Self.short(bytes, header + index * 2)
            if kind == 0x02 { place += 4 }
            guard place >= header + count * 2, place < usable,
                let record = Self.record(bytes, at: place, isTable: isTable, page)
            else {
                broken += 1
                continue
            }
            records.append(record)
        }
    }

    private static func record(
        _ bytes: [UInt8],
        at start: Int,
        isTable: Bool,
        _ page: (Int) -> [UInt8]?
    ) -> FoundRecord? {
        var place = start
        guard let length = varint(bytes, &place), length > 0,
            length <= Int64(ContentCodec.largestContent + (1 << 16))
        else { return nil }
        var id: Int64 = 0
        if isTable {
            guard let number = varint(bytes, &place) else { return nil }
            id = number
        }
        guard let payload = payload(bytes, place, Int(length), isTable: isTable, page),
            let values = values(payload)
        else { return nil }
        return FoundRecord(id: id, values: values)
    }

    private static func payload(
        _ bytes: [UInt8],
        _ place: Int,
        _ length: Int,
        isTable: Bool,
        _ page: (Int) -> [UInt8]?
    ) -> [UInt8]? {
        let usable = bytes.count
        let most = isTable ? usable - 35 : (usable - 12) * 64 / 255 - 23
        let least = (usable - 12) * 32 / 255 - 23
        guard length > most else {
            return place + length <= usable ? Array(bytes[place..<(place + length)]) : nil
        }
        let wanted = least + (length - least) % (usable - 4)
        let local = wanted <= most ? wanted : least
        guard place + local + 4 <= usable else { return nil }
        var payload = Array(bytes[place..<(place + local)])
        payload.reserveCapacity(length)
        var next = long(bytes, place + local)
        while payload.count < length {
            guard next > 0, let more = page(next) else { return nil }
            payload += more[4..<min(usable, 4 + length - payload.count)]
            next = long(more, 0)
        }
        return payload
    }

    /// The record format, section 2.1.
    private static func values(_ payload: [UInt8]) -> [DatabaseValue]? {
        var place = 0
        guard let header = varint(payload, &place), header <= Int64(min(payload.count, 400))
        else { return nil }
        var types: [Int64] = []
        while place < Int(header) {
            guard let type = varint(payload, &place), type >= 0 else { return nil }
            types.append(type)
        }
        guard place == Int(header) else { return nil }
        var values: [DatabaseValue] = []
        for type in types {
            let size: Int
            switch type {
            case 0, 8, 9: size = 0
            case 1...4: size = Int(type)
            case 5: size = 6
            case 6, 7: size = 8
            case 10, 11: return nil
            default: size = Int(min((type - 12) / 2, Int64(payload.count) + 1))
            }
            guard place + size <= payload.count else { return nil }
            let bytes = payload[place..<(place + size)]
            place += size
            switch type {
            case 0: values.append(.null)
            case 8: values.append(Int64(0).databaseValue)
            case 9: values.append(Int64(1).databaseValue)
            case 1...6: values.append(number(bytes).databaseValue)
            case 7:
                let bits = UInt64(bitPattern: number(bytes))
                values.append(Double(bitPattern: bits).databaseValue)
            default:
                if type.isMultiple(of: 2) {
                    values.append(Data(bytes).databaseValue)
                } else {
                    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
                    values.append(text.databaseValue)
                }
            }
        }
        return place == payload.count ? values : nil
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
        guard let first = bytes.first else { return 0 }
        var number = Int64(Int8(bitPattern: first))
        for byte in bytes.dropFirst() { number = number << 8 | Int64(byte) }
        return number
    }

    private static func short(_ bytes: [UInt8], _ place: Int) -> Int {
        Int(bytes[place]) << 8 | Int(bytes[place + 1])
    }

    private static func long(_ bytes: [UInt8], _ place: Int) -> Int {
        short(bytes, place) << 16 | short(bytes, place + 2)
    }

    /// A number of one to nine bytes, section 1.6.
    private static func varint(_ bytes: [UInt8], _ place: inout Int) -> Int64? {
        var value: UInt64 = 0
        for index in 0..<9 {
            guard place < bytes.count else { return nil }
            let byte = bytes[place]
            place += 1
            if index == 8 { return Int64(bitPattern: value << 8 | UInt64(byte)) }
            value = value << 7 | UInt64(byte & 0x7F)
            if byte & 0x80 == 0 { return Int64(bitPattern: value) }
        }
        return nil
    }
}
