// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A number as it is written: `mantissa × 10^exponent`, where that is all of it.
struct JSONNumber {
    var range: Range<Int>
    var isNegative: Bool
    var mantissa: UInt64
    var exponent: Int
    /// True when the mantissa holds every digit.
    var isWhole: Bool
}

extension JSONScanner {
    /// Reads the number whose first byte is here.
    mutating func number(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONNumber {
        let start = position
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        var number = JSONNumber(
            range: start..<start,
            isNegative: isNegative,
            mantissa: 0,
            exponent: 0,
            isWhole: true
        )
        let first = position
        digits(into: &number, isFraction: false, bytes)
        guard position > first else { throw fault(.numberShape) }
        guard position == first + 1 || bytes[first] != UInt8(ascii: "0") else {
            throw JSONFault(kind: .numberShape, offset: first)
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            let point = position
            digits(into: &number, isFraction: true, bytes)
            guard position > point else { throw fault(.numberShape) }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            try exponent(into: &number, bytes)
        }
        number.range = start..<position
        guard number.range.count <= DecodeLimits.numberBytes else {
            throw JSONFault(kind: .numberLength, offset: start)
        }
        return number
    }

    @inline(__always)
    private mutating func digits(
        into number: inout JSONNumber,
        isFraction: Bool,
        _ bytes: Span<UInt8>
    ) {
        while position < bytes.count {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { return }
            if number.mantissa < 1_000_000_000_000_000_000 {
                number.mantissa = number.mantissa &* 10 &+ UInt64(digit)
                if isFraction { number.exponent -= 1 }
            } else {
                if digit != 0 { number.isWhole = false }
                if !isFraction { number.exponent += 1 }
            }
            position += 1
        }
    }

    private mutating func exponent(
        into number: inout JSONNumber,
        _ bytes: Span<UInt8>
    ) throws(JSONFault) {
        position += 1
        guard position < bytes.count else { throw fault(.ended) }
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative || bytes[position] == UInt8(ascii: "+") { position += 1 }
        let first = position
        var exponent = 0
        while position < bytes.count {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            exponent = min(exponent * 10 + Int(digit), 1_000_000)
            position += 1
        }
        guard position > first else { throw fault(.numberShape) }
        number.exponent += isNegative ? -exponent : exponent
    }
}

extension JSONNumber {
    /// The double nearest to it, ties to even.
    ///
    /// Exact in one operation where mantissa and power both fit a double (Clinger, "How to Read Floating
    /// Point Numbers Accurately", 1990); through one 128-bit division for up to 19 digits behind the
    /// point, which covers what Python and JavaScript print; otherwise as the standard library reads it.
    func double(_ bytes: Span<UInt8>) throws(JSONFault) -> Double {
        let magnitude: Double
        if isWhole, exponent >= -19, exponent <= 22 {
            if exponent == 0 {
                magnitude = Double(mantissa)
            } else if mantissa <= 1 << 53 {
                magnitude =
                    exponent < 0
                    ? Double(mantissa) / Self.powers[-exponent]
                    : Double(mantissa) * Self.powers[exponent]
            } else if exponent < 0 {
                magnitude = Self.quotient(mantissa, Self.wholePowers[-exponent])
            } else {
                magnitude = try spelled(bytes)
            }
        } else {
            magnitude = mantissa == 0 ? 0 : try spelled(bytes)
        }
        return isNegative ? -magnitude : magnitude
    }

    /// It times `10^shift`, cut to a whole number; nil beyond 64 bits.
    func integer(shift: Int) -> Int64? {
        guard mantissa != 0 else { return 0 }
        var magnitude = mantissa
        var left = exponent + shift
        while left > 0 {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            magnitude = product
            left -= 1
        }
        while left < 0, magnitude > 0 {
            magnitude /= 10
            left += 1
        }
        guard isNegative else { return Int64(exactly: magnitude) }
        return magnitude <= UInt64(Int64.max) + 1 ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil
    }

    /// It as a whole number exactly; nil when it has a fraction or needs more than 64 bits.
    var exactInteger: Int64? {
        guard isWhole else { return nil }
        var whole = self
        while whole.exponent < 0, whole.mantissa != 0 {
            guard whole.mantissa.isMultiple(of: 10) else { return nil }
            whole.mantissa /= 10
            whole.exponent += 1
        }
        return whole.integer(shift: 0)
    }

    /// `mantissa / divisor`, correctly rounded; both are above zero.
    ///
    /// Both are shifted to fill 64 bits, so that the quotient has at least 62 of them; a remainder sets
    /// its last bit, far below where a double rounds.
    private static func quotient(_ mantissa: UInt64, _ divisor: UInt64) -> Double {
        let high = mantissa << UInt64(mantissa.leadingZeroBitCount)
        let full = divisor << UInt64(divisor.leadingZeroBitCount)
        let (quotient, remainder) = full.dividingFullWidth((high >> 1, high << 63))
        let scale = divisor.leadingZeroBitCount - mantissa.leadingZeroBitCount - 63
        return Double(
            sign: .plus,
            exponent: scale,
            significand: Double(quotient | (remainder == 0 ? 0 : 1))
        )
    }

    private func spelled(_ bytes: Span<UInt8>) throws(JSONFault) -> Double {
        let digits = isNegative ? range.dropFirst() : range
        let text = bytes.extracting(digits).withUnsafeBufferPointer { buffer in
            String(decoding: buffer, as: UTF8.self)
        }
        guard let number = Double(text), number.isFinite else {
            throw JSONFault(kind: .numberRange, offset: range.lowerBound)
        }
        return number
    }

    private static let wholePowers: [UInt64] = (0...19).map { power in
        (0..<power).reduce(1) { value, _ in value * 10 }
    }

    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
