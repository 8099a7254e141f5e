// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A rule for all years, such as `EST5EDT,M3.2.0,M11.1.0` (POSIX.1-2017, 8.3; RFC 9636, 3.3.1).
struct PosixZone: Sendable {
    private let standard: Int64
    private let summer: Summer?

    private struct Summer {
        let offset: Int64
        let start: Day
        let end: Day
    }

    private struct Day {
        enum Form {
            /// 1 to 365; 29 February is never counted.
            case withoutLeapDay(Int)
            /// 0 to 365.
            case ofYear(Int)
            case week(month: Int, week: Int, day: Int)
        }

        let form: Form
        /// Seconds after midnight, local time.
        let time: Int64
    }

    /// Reads the rule; nil where it is empty or malformed.
    init?(_ text: [UInt8]) {
        var reader = Reader(bytes: text)
        guard text.count <= 200, reader.skipName(), let west = reader.time() else { return nil }
        standard = -west
        guard !reader.isAtEnd else {
            summer = nil
            return
        }
        guard reader.skipName() else { return nil }
        var offset = standard + 3_600
        if reader.peek != 0x2C {
            guard let west = reader.time() else { return nil }
            offset = -west
        }
        guard let start = reader.day(), let end = reader.day(), reader.isAtEnd else { return nil }
        summer = Summer(offset: offset, start: start, end: end)
    }

    /// Seconds that local time is ahead of UTC.
    func offset(at seconds: Int64) -> Int64 {
        guard let summer else { return standard }
        let year = CivilTime(localSeconds: seconds + standard).year
        let start = PosixZone.instant(summer.start, year) - standard
        let end = PosixZone.instant(summer.end, year) - summer.offset
        // In the south summer time spans the new year.
        let isSummer =
            start < end
            ? seconds >= start && seconds < end : seconds >= start || seconds < end
        return isSummer ? summer.offset : standard
    }

    /// The instant in local seconds.
    private static func instant(_ day: Day, _ year: Int) -> Int64 {
        let newYear = CivilTime.days(year: year, month: 1, day: 1)
        let date: Int64
        switch day.form {
        case .withoutLeapDay(let number):
            date = newYear + Int64(number - 1 + (CivilTime.isLeap(year) && number >= 60 ? 1 : 0))
        case .ofYear(let number): date = newYear + Int64(number)
        case .week(let month, let week, let weekday):
            let first = CivilTime.days(year: year, month: month, day: 1)
            let firstWeekday = Int((first + 4) - (first + 4).flooredQuotient(7) * 7)
            var number = (weekday - firstWeekday + 7) % 7 + (week - 1) * 7
            if number >= CivilTime.daysIn(month: month, year: year) { number -= 7 }
            date = first + Int64(number)
        }
        return date * CivilTime.secondsPerDay + day.time
    }

    private struct Reader {
        let bytes: [UInt8]
        var position = 0

        var peek: UInt8? { position < bytes.count ? bytes[position] : nil }
        var isAtEnd: Bool { position == bytes.count }

        mutating func take(_ byte: UInt8) -> Bool {
            guard peek == byte else { return false }
            position += 1
            return true
        }

        /// Letters, or anything between angle brackets.
        mutating func skipName() -> Bool {
            let start = position
            if take(0x3C) {
                while let byte = peek, byte != 0x3E {
                    position += 1
                    _ = byte
                }
                return take(0x3E)
            }
            while let byte = peek, (0x41...0x5A).contains(byte & 0xDF) {
                position += 1
            }
            return position - start >= 3
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            var value: Int?
            while let byte = peek, (0x30...0x39).contains(byte), value ?? 0 < 10_000 {
                value = (value ?? 0) * 10 + Int(byte) - 0x30
                position += 1
            }
            guard let value, range.contains(value) else { return nil }
            return value
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time() -> Int64? {
            let isNegative = take(0x2D)
            if !isNegative { _ = take(0x2B) }
            guard let hours = number(0...167) else { return nil }
            var seconds = hours * 3_600
            for unit in [60, 1] where take(0x3A) {
                guard let part = number(0...59) else { return nil }
                seconds += part * unit
            }
            return Int64(isNegative ? -seconds : seconds)
        }

        /// `,Jn`, `,n` or `,Mm.w.d`, each with `/time`.
        mutating func day() -> Day? {
            guard take(0x2C) else { return nil }
            let form: Day.Form
            if take(0x4A) {
                guard let number = number(1...365) else { return nil }
                form = .withoutLeapDay(number)
            } else if take(0x4D) {
                guard
                    let month = number(1...12), take(0x2E), let week = number(1...5), take(0x2E),
                    let day = number(0...6)
                else { return nil }
                form = .week(month: month, week: week, day: day)
            } else {
                guard let number = number(0...365) else { return nil }
                form = .ofYear(number)
            }
            guard take(0x2F) else { return Day(form: form, time: 7_200) }
            return time().map { Day(form: form, time: $0) }
        }
    }
}
