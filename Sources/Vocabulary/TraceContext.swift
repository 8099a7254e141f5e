// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Where a trace goes on: the ids that one part of a system hands to the next (W3C Trace Context, level 1).
public struct TraceContext: Hashable, Sendable {
    /// The trace's first eight bytes, big-endian.
    public var high: UInt64
    /// The trace's last eight bytes, big-endian.
    public var low: UInt64
    /// The span that what follows belongs under.
    public var span: UInt64
    /// True where whoever began the trace keeps it.
    public var isSampled: Bool

    /// Makes a context.
    public init(high: UInt64, low: UInt64, span: UInt64, isSampled: Bool) {
        self.high = high
        self.low = low
        self.span = span
        self.isSampled = isSampled
    }

    /// Begins a trace that is kept.
    public static func fresh() -> TraceContext {
        TraceContext(
            high: UInt64.random(in: 1 ... .max),
            low: UInt64.random(in: 0 ... .max),
            span: UInt64.random(in: 1 ... .max),
            isSampled: true
        )
    }

    /// Reads a `traceparent` field (section 3.2.2); nil where it is none, or its ids are zero.
    ///
    /// Of later versions than 00 what stands where 00 has it is read, as section 3.2.4 says.
    public init?(traceparent text: some StringProtocol) {
        let bytes = Array(text.utf8.prefix(57))
        let dash = UInt8(ascii: "-")
        guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = Self.number(bytes[0..<2]), version != 0xFF,
            version == 0 ? text.utf8.count == 55 : bytes.count == 55 || bytes[55] == dash,
            let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]),
            let span = Self.number(bytes[36..<52]), let flags = Self.number(bytes[53..<55]),
            high | low != 0, span != 0
        else { return nil }
        self.init(high: high, low: low, span: span, isSampled: flags & 1 == 1)
    }

    /// The field that hands the trace on.
    public var traceparent: String {
        "00-\(traceID)-\(Self.hexadecimal(span))-\(isSampled ? "01" : "00")"
    }

    /// The trace's id: 32 lower-case hexadecimal digits.
    public var traceID: String { Self.hexadecimal(high) + Self.hexadecimal(low) }

    /// 16 lower-case hexadecimal digits.
    public static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// Lower-case hexadecimal digits; nil for any other (capitals are not allowed).
    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: number = number << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: number = number << 4 | UInt64(digit - 0x57)
            default: return nil
            }
        }
        return number
    }
}
