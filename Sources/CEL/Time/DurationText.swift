// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Durations as text: `1h30m`, `250ms`, `-1.5s`.
enum DurationText {
    private static let units: [(name: String, nanoseconds: Int64)] = [
        ("ns", 1), ("us", 1_000), ("µs", 1_000), ("μs", 1_000), ("ms", 1_000_000),
        ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    /// Reads a sequence of decimal numbers, each with a unit, after an optional sign.
    static func nanoseconds(_ text: String) throws(EvaluationError) -> Int64 {
        var rest = text.unicodeScalars[...]
        let isNegative = rest.first == "-"
        if isNegative || rest.first == "+" { rest.removeFirst() }
        if rest.count == 1, rest.first == "0" { return 0 }
        guard !rest.isEmpty else { throw .conversion(text, to: "duration") }
        // Summed below zero, where the range is one larger.
        var total: Int64 = 0
        while !rest.isEmpty {
            let part = try component(&rest, of: text)
            total = try Checked.add(total, part, "the duration")
        }
        return isNegative ? total : try Checked.subtract(0, total, "the duration")
    }

    /// A number with its unit, negated.
    private static func component(
        _ rest: inout Substring.UnicodeScalarView,
        of text: String
    ) throws(EvaluationError) -> Int64 {
        let digits = rest.prefix { isDigit($0) || $0 == "." }
        let name = rest.dropFirst(digits.count).prefix { !isDigit($0) && $0 != "." }
        let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
        guard
            parts.count <= 2, digits.contains(where: isDigit),
            let unit = units.first(where: { $0.name.unicodeScalars.elementsEqual(name) })
        else { throw .conversion(text, to: "duration") }
        rest = rest.dropFirst(digits.count + name.count)
        var total: Int64 = 0
        for digit in parts[0] {
            total = try Checked.subtract(
                try Checked.multiply(total, 10),
                value(digit),
                "the duration"
            )
        }
        total = try Checked.multiply(total, unit.nanoseconds)
        var fraction: Int64 = 0
        if parts.count == 2 {
            // More digits than these are below a nanosecond even for hours.
            var numerator: Int64 = 0
            var denominator: Int64 = 1
            for digit in parts[1].prefix(15) {
                numerator = numerator * 10 + value(digit)
                denominator *= 10
            }
            let product = numerator.multipliedFullWidth(by: unit.nanoseconds)
            fraction = denominator.dividingFullWidth(product).quotient
        }
        return try Checked.subtract(total, fraction, "the duration")
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar)
    }

    private static func value(_ digit: Unicode.Scalar) -> Int64 {
        Int64(digit.value) - 0x30
    }

    /// Seconds with as many decimals as are needed: `1.5s`.
    static func text(_ nanoseconds: Int64) -> String {
        let magnitude = nanoseconds.magnitude
        let unit = UInt64(Timestamp.nanosecondsPerSecond)
        var text = (nanoseconds < 0 ? "-" : "") + String(magnitude / unit)
        let part = magnitude % unit
        if part != 0 {
            var digits = String(part)
            digits = String(repeating: "0", count: 9 - digits.count) + digits
            while digits.hasSuffix("0") {
                digits.removeLast()
            }
            text += "." + digits
        }
        return text + "s"
    }
}
