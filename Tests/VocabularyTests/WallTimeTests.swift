// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@Suite struct WallTimeTests {
    @Test(arguments: [-90_000, -1, 0, 59, 60, 11_016, 19_782, 47_541] as [Int64])
    func `a date is the day that it is written from`(_ day: Int64) throws {
        let text = WallTime(nanoseconds: day * 86_400_000_000_000).rfc3339
        let parts = text.prefix(10).split(separator: "-").compactMap { Int64($0) }
        try #require(parts.count == 3)
        #expect(WallTime.days(year: parts[0], month: parts[1], day: parts[2]) == day)
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (1_500_000_000, "1970-01-01T00:00:01.5Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (86_399_000_000_010, "1970-01-01T23:59:59.00000001Z"),
            (.min, "1677-09-21T00:12:43.145224192Z"), (.max, "2262-04-11T23:47:16.854775807Z"),
        ] as [(Int64, String)]
    )
    func `has as many digits of a second as it needs`(_ nanoseconds: Int64, _ text: String) {
        #expect(WallTime(nanoseconds: nanoseconds).rfc3339 == text)
    }

    @Test func `days go on over ends of months, years and centuries`() {
        #expect(WallTime.days(year: 1970, month: 1, day: 1) == 0)
        #expect(WallTime.days(year: 1969, month: 12, day: 31) == -1)
        #expect(WallTime.days(year: 0, month: 1, day: 1) == -719_528)
        #expect(WallTime.days(year: 2000, month: 2, day: 29) == 11_016)
        #expect(WallTime.days(year: 2000, month: 3, day: 1) == 11_017)
        let feasts = (1_600...2_400).map { WallTime.days(year: $0, month: 3, day: 1) }
        #expect(zip(feasts, feasts.dropFirst()).allSatisfy { [365, 366].contains($1 - $0) })
        #expect(feasts[400] - feasts[0] == 146_097)
    }
}
