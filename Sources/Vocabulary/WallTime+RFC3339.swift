// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension WallTime {
    /// The time as RFC 3339 writes it, in UTC, with as many digits of a second as it has.
    public var rfc3339: String {
        let (seconds, nanoseconds) = Self.floored(nanoseconds, by: 1_000_000_000)
        let (days, second) = Self.floored(seconds, by: 86_400)
        let (year, month, day) = Self.civil(days)
        // Every action tells a time, so that this is written digit by digit: no year of these has five.
        return String(unsafeUninitializedCapacity: 30) { text in
            var end = 0
            func put(_ number: Int64, _ width: Int) {
                var rest = number
                for place in stride(from: end + width - 1, through: end, by: -1) {
                    text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
                    rest /= 10
                }
                end += width
            }
            func put(_ separator: Unicode.Scalar) {
                text[end] = UInt8(ascii: separator)
                end += 1
            }
            put(year, 4)
            put("-")
            put(month, 2)
            put("-")
            put(day, 2)
            put("T")
            put(second / 3_600, 2)
            put(":")
            put(second / 60 % 60, 2)
            put(":")
            put(second % 60, 2)
            if nanoseconds > 0 {
                put(".")
                put(nanoseconds, 9)
                while text[end - 1] == UInt8(ascii: "0") { end -= 1 }
            }
            put("Z")
            return end
        }
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar; negative before it.
    ///
    /// `month` is 1…12; a day beyond the month's last goes on into the next. Exact for every year
    /// that dates write (Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`).
    public static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = floored(shifted, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
            - 719_468
    }

    private static func floored(_ value: Int64, by unit: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: unit)
        return remainder < 0 ? (quotient - 1, remainder + unit) : (quotient, remainder)
    }

    /// Year, month and day of a day counted from 1970-01-01
    /// (Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
    private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let (era, dayOfEra) = floored(shifted, by: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
