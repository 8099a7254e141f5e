// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Foundation

/// Random JSON texts, with every kind of value, escape and white space.
enum RandomJSON {
    static func text(depth: Int, using random: inout Seeded) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
        case 0: return ["null", "true", "false"].randomElement(using: &random) ?? "null"
        case 1, 2: return number(using: &random)
        case 3, 4: return string(using: &random)
        case 5:
            let count = Int.random(in: 0...4, using: &random)
            let values = (0..<count).map { _ in text(depth: depth - 1, using: &random) }
            return "[" + values.joined(separator: "," + space(using: &random)) + "]"
        default:
            var members: [String] = []
            for name in ["a", "b", "c", "d", "e", "é\\n"].shuffled(using: &random).prefix(4) {
                let value = text(depth: depth - 1, using: &random)
                members.append("\"\(name)\"\(space(using: &random)):\(value)")
            }
            return "{" + space(using: &random) + members.joined(separator: ",") + "}"
        }
    }

    private static func space(using random: inout Seeded) -> String {
        ["", "", " ", "\n", "\t", " \r\n "].randomElement(using: &random) ?? ""
    }

    private static func number(using random: inout Seeded) -> String {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: "\(Int.random(in: -1_000...1_000, using: &random))"
        case 1: "\(Double.random(in: -1e6...1e6, using: &random))"
        case 2:
            "\(Int.random(in: 0...9, using: &random))e-\(Int.random(in: 0...20, using: &random))"
        default: "-0.\(UInt32.random(in: 0...UInt32.max, using: &random))E+3"
        }
    }

    private static func string(using random: inout Seeded) -> String {
        let pieces = [
            "a", "temp", " ", "é", "😀", "\\n", "\\\"", "\\\\", "\\/", "\\u0041", "\\u00e9",
            "\\ud83d\\ude00", "中", "\\b\\f\\r\\t", "\u{7f}", "\\u0000",
        ]
        let count = Int.random(in: 0...6, using: &random)
        let body = (0..<count).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
        return "\"\(body)\""
    }
}

/// Small damage: bytes changed, dropped, doubled, cut off.
enum Mutation {
    static func apply(to bytes: inout [UInt8], using random: inout Seeded) {
        for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: index)
            case 2: bytes.insert(bytes[index], at: index)
            case 3: bytes[index] = Array("{}[]\",:0e.-\\u ".utf8).randomElement(using: &random) ?? 0
            default: bytes.removeLast(bytes.count - index)
            }
        }
    }
}

extension JSONValue {
    /// The value Foundation made of the same text.
    init(foundation value: Any) {
        switch value {
        case is NSNull: self = .null
        case let text as String: self = .string(text)
        case let number as NSNumber:
            let isFlag = String(cString: number.objCType) == "c"
            self = isFlag ? .bool(number.boolValue) : .number(number.doubleValue)
        case let array as [Any]: self = .array(array.map { JSONValue(foundation: $0) })
        case let object as [String: Any]:
            self = .object(object.mapValues { JSONValue(foundation: $0) })
        default: self = .string("not JSON: \(value)")
        }
    }

    /// True when both are the same but for the last bits of numbers, which JSONSerialization does not
    /// round correctly; `Numbers` holds the scanner to the standard library's.
    func matches(_ other: JSONValue) -> Bool {
        switch (self, other) {
        case (.number(let left), .number(let right)):
            abs(left - right) <= 4 * max(left.ulp, right.ulp)
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.matches($1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && left.allSatisfy { name, value in right[name].map(value.matches) ?? false }
        default: self == other
        }
    }
}
