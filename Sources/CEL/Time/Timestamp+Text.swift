// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 in UTC, with 0, 3, 6 or 9 digits after the second.
    public var description: String {
        let civil = CivilTime(localSeconds: seconds)
        var text = Timestamp.padded(civil.year, 4)
        text += "-" + Timestamp.padded(civil.month, 2) + "-" + Timestamp.padded(civil.day, 2)
        text += "T" + Timestamp.padded(civil.hour, 2) + ":" + Timestamp.padded(civil.minute, 2)
        text += ":" + Timestamp.padded(civil.second, 2)
        if nanoseconds != 0 {
            var digits = Timestamp.padded(Int(nanoseconds), 9)
            while digits.hasSuffix("000") {
                digits.removeLast(3)
            }
            text += "." + digits
        }
        return text + "Z"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Reads an RFC 3339 date-time.
    init(parsing text: String) throws(EvaluationError) {
        var reader = DigitReader(text)
        guard
            let year = reader.number(digits: 4), reader.take("-"),
            let month = reader.number(digits: 2), reader.take("-"),
            let day = reader.number(digits: 2), reader.take("T") || reader.take("t"),
            let hour = reader.number(digits: 2), reader.take(":"),
            let minute = reader.number(digits: 2), reader.take(":"),
            let second = reader.number(digits: 2),
            (1...12).contains(month), day >= 1, hour < 24, minute < 60, second < 60,
            day <= CivilTime.daysIn(month: month, year: year)
        else { throw .conversion(text, to: "timestamp") }
        var nanoseconds: Int64 = 0
        if reader.take(".") {
            guard let fraction = reader.fraction() else {
                throw .conversion(text, to: "timestamp")
            }
            nanoseconds = fraction
        }
        var offset = 0
        if !reader.take("Z"), !reader.take("z") {
            let isWest = reader.take("-")
            guard
                isWest || reader.take("+"),
                let hours = reader.number(digits: 2), reader.take(":"),
                let minutes = reader.number(digits: 2), hours < 24, minutes < 60
            else { throw .conversion(text, to: "timestamp") }
            offset = (hours * 60 + minutes) * (isWest ? -60 : 60)
        }
        guard reader.isAtEnd else { throw .conversion(text, to: "timestamp") }
        let days = CivilTime.days(year: year, month: month, day: day)
        try self.init(
            checkedSeconds: days * CivilTime.secondsPerDay
                + Int64((hour * 60 + minute) * 60 + second - offset),
            nanoseconds: Int32(nanoseconds)
        )
    }
}

/// Reads fixed-width numbers out of ASCII text.
struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard position < bytes.count, UInt32(bytes[position]) == scalar.value else { return false }
        position += 1
        return true
    }

    mutating func number(digits count: Int) -> Int? {
        var value = 0
        for _ in 0..<count {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Digits after a point as billionths; what is smaller is cut off.
    mutating func fraction() -> Int64? {
        var value: Int64 = 0
        var scale = Timestamp.nanosecondsPerSecond
        guard var digit = digit() else { return nil }
        while true {
            scale /= 10
            value += Int64(digit) * scale
            guard let next = self.digit() else { return value }
            digit = next
        }
    }

    private mutating func digit() -> Int? {
        guard position < bytes.count, (0x30...0x39).contains(bytes[position]) else { return nil }
        defer { position += 1 }
        return Int(bytes[position]) - 0x30
    }
}
