// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Reads and writes amounts with units: `250ms`, `1GiB`, `10%`.
public enum Quantity {
    private static let times: [(unit: String, nanoseconds: Int64)] = [
        ("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
        ("m", 60_000_000_000), ("h", 3_600_000_000_000), ("d", 86_400_000_000_000),
    ]
    private static let sizes: [(unit: String, bytes: Int64)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
        ("kB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000),
    ]

    /// The length of time `text` says, such as `250ms`, `1.5s` or `1h30m`; nil when it says none.
    public static func interval(_ text: String) -> Interval? {
        var rest = Substring(text)
        var total: Int64 = 0
        repeat {
            guard let number = takeNumber(&rest) else { return nil }
            let name = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let unit = times.first(where: { $0.unit == name }),
                let part = product(number, unit.nanoseconds)
            else { return nil }
            let (sum, overflows) = total.addingReportingOverflow(part)
            if overflows { return nil }
            total = sum
        } while !rest.isEmpty
        return Interval(nanoseconds: total)
    }

    /// The number of bytes `text` says, such as `1GiB` or `4 MiB`; nil when it says none.
    public static func bytes(_ text: String) -> Int? {
        var rest = Substring(text)
        guard let number = takeNumber(&rest) else { return nil }
        let name = rest.drop { $0 == " " }
        guard let unit = sizes.first(where: { $0.unit == name }),
            let count = product(number, unit.bytes)
        else { return nil }
        return Int(count)
    }

    /// The fraction `text` says, as `10%` or `0.1`; nil when it says none.
    public static func fraction(_ text: String) -> Double? {
        guard text.hasSuffix("%") else { return number(text) }
        return number(String(text.dropLast()).trimmed).map { $0 / 100 }
    }

    /// The frequency `text` says in hertz, such as `50Hz` or `44.1kHz`; nil when it says none.
    public static func hertz(_ text: String) -> Double? {
        for (unit, factor) in [("kHz", 1e3), ("MHz", 1e6), ("Hz", 1.0)] where text.hasSuffix(unit) {
            return number(String(text.dropLast(unit.count)).trimmed).map { $0 * factor }
        }
        return nil
    }

    /// The finite decimal number `text` says; nil when it says none.
    public static func number(_ text: String) -> Double? {
        let isDecimal = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
                UInt8(ascii: "+"), UInt8(ascii: "e"), UInt8(ascii: "E"):
                true
            default: false
            }
        }
        guard isDecimal, let number = Double(text), number.isFinite else { return nil }
        return number
    }

    /// `interval` in the largest unit that says it exactly, such as `250ms`.
    public static func text(_ interval: Interval) -> String {
        if interval.nanoseconds == 0 { return "0s" }
        for (unit, nanoseconds) in times.reversed()
        where interval.nanoseconds % nanoseconds == 0 {
            return "\(interval.nanoseconds / nanoseconds)\(unit)"
        }
        return "\(interval.nanoseconds)ns"
    }

    /// `bytes` in the largest binary unit that says it exactly, such as `64KiB`.
    public static func text(bytes: Int) -> String {
        for (unit, size) in sizes[..<4].reversed() where bytes != 0 && Int64(bytes) % size == 0 {
            return "\(Int64(bytes) / size)\(unit)"
        }
        return "\(bytes)B"
    }

    /// A decimal number as its digits and how many of them stand behind the point.
    private struct Decimal {
        var digits: Int64
        var places: Int
    }

    private static func takeNumber(_ text: inout Substring) -> Decimal? {
        let whole = text.prefix { $0.isASCII && $0.isNumber }
        var rest = text.dropFirst(whole.count)
        var part: Substring = ""
        if rest.first == "." {
            part = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard !part.isEmpty else { return nil }
            rest = rest.dropFirst(1 + part.count)
        }
        guard !whole.isEmpty, part.count <= 9, let digits = Int64(whole + part) else { return nil }
        text = rest
        return Decimal(digits: digits, places: part.count)
    }

    /// `number` times `unit`, when that is a whole number that fits.
    private static func product(_ number: Decimal, _ unit: Int64) -> Int64? {
        let (product, overflows) = number.digits.multipliedReportingOverflow(by: unit)
        if overflows { return nil }
        var divisor: Int64 = 1
        for _ in 0..<number.places { divisor *= 10 }
        return product % divisor == 0 ? product / divisor : nil
    }
}

extension String {
    /// The text without spaces and tabs at its ends.
    var trimmed: String {
        var text = Substring(self)
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return String(text.drop { $0 == " " || $0 == "\t" })
    }
}
