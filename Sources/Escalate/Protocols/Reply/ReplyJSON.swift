// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A JSON value of a cloud's reply.
enum ReplyJSON: Equatable, Sendable {
    case null
    case flag(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([ReplyJSON])
    case object([Member])

    struct Member: Equatable, Sendable {
        var name: String
        var value: ReplyJSON
    }

    /// The member called `name` of an object; the first where there are several.
    subscript(name: String) -> ReplyJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    var text: String? {
        guard case .text(let text) = self else { return nil }
        return text
    }

    var list: [ReplyJSON]? {
        guard case .list(let values) = self else { return nil }
        return values
    }

    var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// A number that is one: neither infinite nor undefined.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value.isFinite ? value : nil
        default: nil
        }
    }
}
