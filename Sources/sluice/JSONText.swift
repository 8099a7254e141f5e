// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials

/// JSON answers as lines and tables for a terminal.
enum JSONText {
    /// A JSON value of any form.
    indirect enum Value: Codable {
        case null
        case flag(Bool)
        case whole(Int64)
        case number(Double)
        case text(String)
        case list([Value])
        case object([String: Value])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Int64.self) {
                self = .whole(number)
            } else if let number = try? container.decode(Double.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let list = try? container.decode([Value].self) {
                self = .list(list)
            } else {
                self = .object(try container.decode([String: Value].self))
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .null: try container.encodeNil()
            case .flag(let flag): try container.encode(flag)
            case .whole(let number): try container.encode(number)
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            case .list(let list): try container.encode(list)
            case .object(let members): try container.encode(members)
            }
        }

        /// The value in words.
        var words: String {
            switch self {
            case .null: "none"
            case .flag(let flag): flag ? "yes" : "no"
            case .whole(let number): String(number)
            case .number(let number): ((number * 10).rounded() / 10).description
            case .text(let text): text
            case .list(let list): list.map(\.words).joined(separator: "; ")
            case .object(let members):
                members.sorted { $0.key < $1.key }
                    .map { "\($0.key) \($0.value.words)" }.joined(separator: ", ")
            }
        }
    }

    /// The elements of an array.
    static func array(_ json: [UInt8]) throws -> [Value] {
        try JSONDecoder().decode([Value].self, from: Data(json))
    }

    /// One value as a line of JSON.
    static func line(_ value: Value) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// One object as a line of words.
    static func words(_ value: Value) -> String { value.words }

    /// An object as one line a member.
    static func table(_ json: [UInt8]) throws -> String {
        let members = try JSONDecoder().decode([String: Value].self, from: Data(json))
        let width = members.keys.map(\.count).max() ?? 0
        return members.sorted { $0.key < $1.key }.map { key, value in
            let words = value.words
            return key + String(repeating: " ", count: width - key.count + 2)
                + (words.isEmpty ? "none" : words)
        }.joined(separator: "\n")
    }

    /// The list that an object has.
    static func list(_ key: String, in json: [UInt8]) throws -> [Value] {
        let members = try JSONDecoder().decode([String: Value].self, from: Data(json))
        if case .list(let list) = members[key] { return list }
        return []
    }

    /// The payload that an object has as text or in hexadecimal.
    static func payload(of json: [UInt8]) throws -> [UInt8] {
        let members = try JSONDecoder().decode([String: Value].self, from: Data(json))
        if case .text(let text) = members["payload"] { return Array(text.utf8) }
        guard case .text(let digits) = members["payload_hex"] else { return [] }
        let bytes = Array(digits.utf8)
        return stride(from: 0, to: bytes.count - 1, by: 2).compactMap { place in
            UInt8(String(decoding: bytes[place...(place + 1)], as: UTF8.self), radix: 16)
        }
    }

    /// A number that an object has.
    static func number(_ key: String, in json: [UInt8]) throws -> Double {
        let members = try JSONDecoder().decode([String: Value].self, from: Data(json))
        switch members[key] {
        case .whole(let number): return Double(number)
        case .number(let number): return number
        default: return 0
        }
    }
}
