// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Escalate

/// Windows in local time, on days when the clocks change too.
@Suite struct LocalZoneTests {
    /// Central European time in 2026: summer from 29 March 01:00 UTC to 25 October 01:00 UTC.
    static let berlin = LocalZone(name: "Europe/Berlin") { seconds in
        (1_774_746_000..<1_792_890_000).contains(seconds) ? 7_200 : 3_600
    }

    private func utc(_ day: Int64, _ month: Int64, _ hour: Int64, _ minute: Int64 = 0) -> WallTime {
        let days = CivilDate.day(year: 2026, month: month, day: day)
        return WallTime(nanoseconds: ((days * 24 + hour) * 60 + minute) * 60_000_000_000)
    }

    @Test func `a date is a number and back`() {
        #expect(CivilDate.day(year: 1970, month: 1, day: 1) == 0)
        #expect(CivilDate.day(year: 2000, month: 3, day: 1) == 11_017)
        for day in stride(from: Int64(-800_000), to: 800_000, by: 37) {
            let month = CivilDate.month(ofDay: day)
            let first = CivilDate.firstDay(month: month)
            #expect(first <= day && day < CivilDate.firstDay(month: month + 1))
        }
    }

    @Test func `a day is 23 hours long when summer begins and 25 when it ends`() {
        let spring = utc(28, 3, 23)
        #expect(Self.berlin.remaining(of: .day, at: spring) == .seconds(23 * 3_600))
        let autumn = utc(24, 10, 22)
        #expect(Self.berlin.remaining(of: .day, at: autumn) == .seconds(25 * 3_600))
        let usual = utc(10, 6, 22)
        #expect(Self.berlin.remaining(of: .day, at: usual) == .seconds(24 * 3_600))
    }

    @Test func `the hour that autumn repeats has its own number`() {
        let first = Self.berlin.number(of: .hour, at: utc(25, 10, 0, 30))
        let second = Self.berlin.number(of: .hour, at: utc(25, 10, 1, 30))
        #expect(second == first + 3_600)
        #expect(
            Self.berlin.number(of: .day, at: utc(25, 10, 0, 30))
                == Self.berlin.number(of: .day, at: utc(25, 10, 22, 59))
        )
    }

    @Test func `a month begins at local midnight`() {
        let before = utc(31, 5, 21, 59)
        #expect(Self.berlin.remaining(of: .month, at: before) == .seconds(60))
        let number = Self.berlin.number(of: .month, at: before)
        #expect(Self.berlin.number(of: .month, at: utc(31, 5, 22)) == number + 1)
    }

    @Test(arguments: BudgetWindow.allCases)
    func `a window turns when it says so, and never goes back`(window: BudgetWindow) {
        var generator = SystemRandomNumberGenerator()
        var last = Int64.min
        for step in 0..<4_000 {
            let time = WallTime(
                nanoseconds: (1_767_225_600 + Int64(step) * 7_900) * 1_000_000_000
                    + Int64.random(in: 0..<1_000_000_000, using: &generator)
            )
            let number = Self.berlin.number(of: window, at: time)
            #expect(number >= last)
            last = number
            let left = Self.berlin.remaining(of: window, at: time)
            #expect(left > .zero)
            #expect(Self.berlin.number(of: window, at: time + left) > number)
            let before = time + (left - .seconds(1))
            #expect(Self.berlin.number(of: window, at: before) == number)
        }
    }
}
