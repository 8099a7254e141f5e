// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What the scanner throws: small and without text, so that throwing costs little.
struct JSONFault: Error {
    /// What is wrong; indices are those of the plan.
    enum Kind {
        case empty
        case ended
        case unexpected
        case trailing
        case byteOrderMark
        case controlCharacter
        case escape
        case utf8
        case surrogate
        case numberShape
        case numberRange
        case numberLength
        case depth
        case treeSize
        case duplicateName
        case duplicate(edge: Int)
        case wrongKind(target: ReadingPlan.Target, found: JSONKind)
        case wrongSample(target: ReadingPlan.Target, found: JSONKind)
        case time(JSONTimeFault)
        case sequence
        case base64(slot: Int)
        case devicePart(part: Int)
        case each(found: JSONKind)
        case noEach
        case readings
        case missing(slot: Int)
    }

    var kind: Kind
    var offset: Int
}

/// The kinds of JSON value, for messages.
enum JSONKind {
    case null
    case flag
    case number
    case text
    case array
    case object

    /// The kind that begins with `byte`; nil when none does.
    init?(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "n"): self = .null
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .flag
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): self = .number
        case UInt8(ascii: "\""): self = .text
        case UInt8(ascii: "["): self = .array
        case UInt8(ascii: "{"): self = .object
        default: return nil
        }
    }

    /// The kind with its article.
    var phrase: String {
        switch self {
        case .null: "null"
        case .flag: "true or false"
        case .number: "a number"
        case .text: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// What can be wrong with a device's time.
enum JSONTimeFault {
    case wantsNumber
    case wantsText
    case malformed
    case range
}
