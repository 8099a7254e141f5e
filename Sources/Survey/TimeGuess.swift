// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Which numbers and texts could be a device's time.
enum TimeGuess {
    /// How long one of each unit is, in seconds.
    static let seconds = ["s": 1, "ms": 1e-3, "us": 1e-6, "ns": 1e-9]

    /// How wrong a device's clock may be to be taken for one: two years, which no measured value is likely to hit.
    private static let span = 2 * 365.25 * 86_400

    /// The unit in which `number` is a time near `now`, in seconds since 1970; nil where it is none.
    static func unit(of number: Double, now: Double) -> String? {
        ["s", "ms", "us", "ns"].first { unit in
            abs(number * (seconds[unit] ?? 1) - now) < span
        }
    }

    /// An instant as RFC 3339 writes it, in seconds since 1970; nil where it is none.
    static func seconds(ofRFC3339 text: String) -> Double? {
        let bytes = Array(text.utf8.prefix(40))
        guard bytes.count >= 20, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]),
            let minute = number(bytes[14..<16]), let second = number(bytes[17..<19]),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var place = 19
        var fraction = 0.0
        if bytes[place] == UInt8(ascii: ".") {
            var weight = 0.1
            place += 1
            while place < bytes.count, let digit = number(bytes[place..<(place + 1)]) {
                fraction += Double(digit) * weight
                weight /= 10
                place += 1
            }
        }
        guard place < bytes.count, let zone = zone(bytes[place...]) else { return nil }
        let days = days(year, month, day)
        return Double(days * 86_400 + hour * 3_600 + minute * 60 + second - zone) + fraction
    }

    private static func zone(_ bytes: ArraySlice<UInt8>) -> Int? {
        if bytes.count == 1, bytes.first == UInt8(ascii: "Z") { return 0 }
        let rest = Array(bytes)
        guard rest.count == 6, rest[3] == UInt8(ascii: ":"), let hours = number(rest[1..<3]),
            let minutes = number(rest[4..<6])
        else { return nil }
        let seconds = hours * 3_600 + minutes * 60
        switch rest[0] {
        case UInt8(ascii: "+"): return seconds
        case UInt8(ascii: "-"): return -seconds
        default: return nil
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        var number = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            number = number * 10 + Int(digit - 0x30)
        }
        return number
    }

    /// Days since 1970 of a date of the Gregorian calendar (Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms", days_from_civil).
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let ofEra = year - era * 400
        let ofYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 719_468
    }
}
