// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Reads the elements of a tensor that came as little-endian bytes.
///
/// Source: Triton, "Binary Tensor Data Extension"; `BYTES` elements carry a four-byte length before them.
enum TensorBytes {
    static func values(
        of datatype: String,
        in bytes: ArraySlice<UInt8>,
        output: String
    ) throws(CallFailure) -> [ReplyJSON] {
        if datatype == "BYTES" {
            guard let values = texts(in: bytes) else {
                throw .badReply("output `\(output)` has texts that do not end where they should")
            }
            return values
        }
        guard let (width, read) = reader(of: datatype) else {
            throw .badReply("output `\(output)` has a type whose bytes cannot be read")
        }
        guard bytes.count % width == 0 else {
            throw .badReply("output `\(output)` has \(bytes.count) bytes, no multiple of \(width)")
        }
        return stride(from: bytes.startIndex, to: bytes.endIndex, by: width).map { start in
            var bits: UInt64 = 0
            for byte in bytes[start..<(start + width)].reversed() {
                bits = bits << 8 | UInt64(byte)
            }
            return read(bits)
        }
    }

    private static func texts(in bytes: ArraySlice<UInt8>) -> [ReplyJSON]? {
        var values: [ReplyJSON] = []
        var rest = bytes
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard length <= rest.count else { return nil }
            values.append(.text(String(decoding: rest.prefix(length), as: UTF8.self)))
            rest = rest.dropFirst(length)
        }
        return values
    }

    /// How wide an element is, and what its bits say.
    private static func reader(of datatype: String) -> (width: Int, (UInt64) -> ReplyJSON)? {
        switch datatype {
        case "BOOL": (1, { .flag($0 != 0) })
        case "UINT8": (1, { .integer(Int64($0)) })
        case "UINT16": (2, { .integer(Int64($0)) })
        case "UINT32": (4, { .integer(Int64($0)) })
        case "UINT64": (8, { Int64(exactly: $0).map { .integer($0) } ?? .number(Double($0)) })
        case "INT8": (1, { .integer(Int64(Int8(truncatingIfNeeded: $0))) })
        case "INT16": (2, { .integer(Int64(Int16(truncatingIfNeeded: $0))) })
        case "INT32": (4, { .integer(Int64(Int32(truncatingIfNeeded: $0))) })
        case "INT64": (8, { .integer(Int64(truncatingIfNeeded: $0)) })
        case "FP16": (2, { .number(half(UInt16(truncatingIfNeeded: $0))) })
        case "BF16": (2, { .number(Double(Float(bitPattern: UInt32($0) << 16))) })
        case "FP32": (4, { .number(Double(Float(bitPattern: UInt32(truncatingIfNeeded: $0)))) })
        case "FP64": (8, { .number(Double(bitPattern: $0)) })
        default: nil
        }
    }

    /// A half-precision number (IEEE 754 binary16); `Float16` is not there on every machine.
    private static func half(_ bits: UInt16) -> Double {
        let sign: Double = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Double(bits & 0x3FF) / 1024
        switch exponent {
        case 0: return sign * fraction * 0x1p-14
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default:
            return sign * (1 + fraction)
                * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }
}
