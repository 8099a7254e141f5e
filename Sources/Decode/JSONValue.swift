// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A JSON value as a tree: for conditions that look at the payload itself.
///
/// Only made when a condition asks; readings are taken from the bytes without one. Numbers are doubles,
/// as a JSON number is wherever no policy types it.
public enum JSONValue: Equatable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number.
    case number(Double)
    /// A string.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object.
    case object([String: JSONValue])

    /// Reads `payload`, strictly (RFC 8259) and within `limits`; an object with a member twice is refused.
    public init(
        parsing payload: UnsafeRawBufferPointer,
        limits: DecodeLimits = DecodeLimits()
    ) throws(DecodeError) {
        guard payload.count <= limits.payloadBytes else {
            throw .tooLarge(payload.count, limit: limits.payloadBytes)
        }
        var reader = Reader(limits: limits)
        do throws(JSONFault) {
            self = try reader.text(payload.bindMemory(to: UInt8.self).span)
        } catch {
            throw error.decodeError(plan: nil, limits: limits)
        }
    }

    private struct Reader {
        var scanner: JSONScanner
        var left: Int

        init(limits: DecodeLimits) {
            scanner = JSONScanner(depthLimit: limits.depth)
            left = limits.treeValues
        }

        mutating func text(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONValue {
            try scanner.begin(bytes)
            let value = try value(depth: 0, bytes)
            try scanner.end(bytes)
            return value
        }

        private mutating func value(
            depth: Int,
            _ bytes: Span<UInt8>
        ) throws(JSONFault) -> JSONValue {
            let kind = try scanner.nextKind(bytes)
            guard left > 0 else { throw scanner.fault(.treeSize) }
            left -= 1
            switch kind {
            case .null:
                try scanner.null(bytes)
                return .null
            case .flag: return .bool(try scanner.flag(bytes))
            case .number: return .number(try scanner.number(bytes).double(bytes))
            case .text: return .string(try scanner.string(bytes).string(bytes))
            case .array: return .array(try array(depth: depth, bytes))
            case .object: return .object(try object(depth: depth, bytes))
            }
        }

        private mutating func array(
            depth: Int,
            _ bytes: Span<UInt8>
        ) throws(JSONFault) -> [JSONValue] {
            var values: [JSONValue] = []
            guard try scanner.open(closing: UInt8(ascii: "]"), depth: depth, bytes) else {
                return values
            }
            repeat {
                values.append(try value(depth: depth + 1, bytes))
            } while try scanner.another(closing: UInt8(ascii: "]"), bytes)
            return values
        }

        private mutating func object(
            depth: Int,
            _ bytes: Span<UInt8>
        ) throws(JSONFault) -> [String: JSONValue] {
            var members: [String: JSONValue] = [:]
            guard try scanner.open(closing: UInt8(ascii: "}"), depth: depth, bytes) else {
                return members
            }
            repeat {
                let name = try scanner.name(bytes)
                let value = try value(depth: depth + 1, bytes)
                guard members.updateValue(value, forKey: name.string(bytes)) == nil else {
                    let offset = name.range.lowerBound - 1
                    throw JSONFault(kind: .duplicateName, offset: offset)
                }
            } while try scanner.another(closing: UInt8(ascii: "}"), bytes)
            return members
        }
    }
}
