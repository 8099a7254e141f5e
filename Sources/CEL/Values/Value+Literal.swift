// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Value: CustomStringConvertible {
    /// The value in the form in which CEL source would write it.
    ///
    /// A value that ``isTooLarge`` is named, not written.
    public var description: String {
        isTooLarge ? "(\(shortTypeName): too large to show)" : source
    }

    private var source: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): value.description
        case .uint(let value): "\(value)u"
        case .double(let value): Value.literal(value)
        case .string(let value): "\"\(Value.escaped(value))\""
        case .bytes(let value): "b\"\(Value.escaped(value))\""
        case .list(let values): "[\(values.map(\.source).joined(separator: ", "))]"
        case .map(let map):
            "{\(map.entries.map { "\($0.key.source): \($0.value.source)" }.joined(separator: ", "))}"
        case .timestamp(let value): "timestamp(\"\(value)\")"
        case .duration(let nanoseconds): "duration(\"\(DurationText.text(nanoseconds))\")"
        case .type(let name): name
        }
    }

    private static func literal(_ value: Double) -> String {
        if value.isNaN { return "double(\"NaN\")" }
        if value.isInfinite { return value < 0 ? "double(\"-Infinity\")" : "double(\"Infinity\")" }
        return value.description
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\x" + hexadecimal(UInt8(scalar.value))
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func escaped(_ bytes: [UInt8]) -> String {
        var result = ""
        for byte in bytes {
            let scalar = Unicode.Scalar(byte)
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where byte >= 0x20 && byte < 0x7F: result.unicodeScalars.append(scalar)
            default: result += "\\x" + hexadecimal(byte)
            }
        }
        return result
    }

    private static func hexadecimal(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
