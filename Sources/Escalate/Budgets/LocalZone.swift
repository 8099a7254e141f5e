// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A time zone as far as budgets need it: how far its clocks are from UTC at an instant.
public struct LocalZone: Sendable {
    /// Its name, such as `Europe/Berlin`.
    public let name: String
    private let offset: @Sendable (_ seconds: Int64) -> Int64

    /// Names a zone; `offset` gives the seconds its clocks are ahead of UTC, for seconds since 1970.
    public init(name: String, offset: @escaping @Sendable (_ seconds: Int64) -> Int64) {
        self.name = name
        self.offset = offset
    }

    /// Coordinated universal time.
    public static let utc = LocalZone(name: "UTC") { _ in 0 }

    /// A window's number at an instant: greater for every later window.
    func number(of window: BudgetWindow, at time: WallTime) -> Int64 {
        number(of: window, at: Self.floor(time.nanoseconds, 1_000_000_000))
    }

    /// How long from `time` until the window's number is another.
    ///
    /// Exact where clocks change by whole quarters of an hour; never a window too early by more than that.
    func remaining(of window: BudgetWindow, at time: WallTime) -> Interval {
        let now = Self.floor(time.nanoseconds, 1_000_000_000)
        let number = number(of: window, at: now)
        var turn: Int64
        switch window {
        case .minute: turn = (number + 1) * 60
        case .hour: turn = number + 3_600
        case .day: turn = instant(day: number + 1, near: now)
        case .month: turn = instant(day: CivilDate.firstDay(month: number + 1), near: now)
        }
        // A midnight that the clocks skip or repeat.
        for _ in 0..<16 where turn > now + 900 && self.number(of: window, at: turn - 900) != number
        {
            turn -= 900
        }
        for _ in 0..<16 where self.number(of: window, at: turn) == number { turn += 900 }
        return Interval(nanoseconds: turn * 1_000_000_000 - time.nanoseconds)
    }

    private func number(of window: BudgetWindow, at seconds: Int64) -> Int64 {
        let local = seconds + offset(seconds)
        switch window {
        // Offsets of today are whole minutes.
        case .minute: return Self.floor(seconds, 60)
        // By the instant it begins at: the hour that is repeated is another hour.
        case .hour: return seconds - (local - Self.floor(local, 3_600) * 3_600)
        case .day: return Self.floor(local, 86_400)
        case .month: return CivilDate.month(ofDay: Self.floor(local, 86_400))
        }
    }

    /// The instant at which a local day begins.
    private func instant(day: Int64, near now: Int64) -> Int64 {
        let local = day * 86_400
        let guess = local - offset(now)
        return local - offset(guess)
    }

    private static func floor(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        dividend / divisor - (dividend % divisor < 0 ? 1 : 0)
    }
}

/// Dates of the Gregorian calendar as numbers.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil` and
/// `civil_from_days`.
enum CivilDate {
    /// Days from 1970-01-01 to a date.
    static func day(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// The number of the month a day lies in: twelve a year, counted from year 0.
    static func month(ofDay day: Int64) -> Int64 {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return year * 12 + month - 1
    }

    /// The first day of a month that `month(ofDay:)` numbers.
    static func firstDay(month number: Int64) -> Int64 {
        let year = number >= 0 ? number / 12 : (number - 11) / 12
        return day(year: year, month: number - year * 12 + 1, day: 1)
    }
}
