// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How devices write their time.
enum DeviceTime {
    struct Unreadable: Error {
        var fault: JSONTimeFault
    }

    /// The power of ten from `unit` to nanoseconds.
    static func digits(of unit: ReadingSpec.TimeUnit) -> Int {
        switch unit {
        case .seconds: 9
        case .milliseconds: 6
        case .microseconds: 3
        case .nanoseconds, .rfc3339: 0
        }
    }

    /// Reads `date-time` of RFC 3339 section 5.6; digits beyond nanoseconds are cut off.
    static func parse(
        _ text: JSONText,
        _ bytes: Span<UInt8>
    ) -> Result<WallTime, Unreadable> {
        var reader = Reader(position: text.range.lowerBound, end: text.range.upperBound)
        guard !text.isEscaped, let parts = reader.dateTime(bytes) else {
            return .failure(Unreadable(fault: .malformed))
        }
        // Years of four digits stay far inside 64 bits of seconds, but not of nanoseconds.
        let (whole, overflow) = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (nanoseconds, carry) = whole.addingReportingOverflow(parts.nanoseconds)
        guard !overflow, !carry else { return .failure(Unreadable(fault: .range)) }
        return .success(WallTime(nanoseconds: nanoseconds))
    }

    private struct Reader {
        var position: Int
        let end: Int

        mutating func dateTime(
            _ bytes: Span<UInt8>
        ) -> (seconds: Int64, nanoseconds: Int64)? {
            guard let year = digits(4, bytes), pass("-", bytes),
                let month = digits(2, bytes), 1...12 ~= month, pass("-", bytes),
                let day = digits(2, bytes), 1...Self.length(of: month, year) ~= day,
                pass("T", bytes) || pass("t", bytes) || pass(" ", bytes),
                let hour = digits(2, bytes), hour < 24, pass(":", bytes),
                let minute = digits(2, bytes), minute < 60, pass(":", bytes),
                let second = digits(2, bytes), second <= 60,
                let fraction = fraction(bytes), let offset = offset(bytes), position == end
            else { return nil }
            let days = WallTime.days(year: year, month: month, day: day)
            return (days * 86_400 + hour * 3_600 + minute * 60 + second - offset, fraction)
        }

        private static func length(of month: Int64, _ year: Int64) -> Int64 {
            switch month {
            case 2:
                year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
                    ? 29 : 28
            case 4, 6, 9, 11: 30
            default: 31
            }
        }

        private mutating func digits(_ count: Int, _ bytes: Span<UInt8>) -> Int64? {
            guard position + count <= end else { return nil }
            var value: Int64 = 0
            for index in position..<position + count {
                let digit = bytes[index] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                value = value * 10 + Int64(digit)
            }
            position += count
            return value
        }

        private mutating func pass(_ mark: Unicode.Scalar, _ bytes: Span<UInt8>) -> Bool {
            guard position < end, UInt32(bytes[position]) == mark.value else { return false }
            position += 1
            return true
        }

        /// Nanoseconds; zero where there is no fraction, nil where a point has no digits.
        private mutating func fraction(_ bytes: Span<UInt8>) -> Int64? {
            guard pass(".", bytes) else { return 0 }
            var value: Int64 = 0
            var scale: Int64 = 100_000_000
            let first = position
            while let digit = digits(1, bytes) {
                value += digit * scale
                scale /= 10
            }
            return position > first ? value : nil
        }

        /// Seconds east of Greenwich.
        private mutating func offset(_ bytes: Span<UInt8>) -> Int64? {
            if pass("Z", bytes) || pass("z", bytes) { return 0 }
            let isWest = pass("-", bytes)
            guard isWest || pass("+", bytes), let hours = digits(2, bytes), hours < 24,
                pass(":", bytes), let minutes = digits(2, bytes), minutes < 60
            else { return nil }
            return (hours * 3_600 + minutes * 60) * (isWest ? -1 : 1)
        }
    }
}
