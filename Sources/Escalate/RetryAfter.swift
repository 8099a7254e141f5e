// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Reads the header field `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date.
public enum RetryAfter {
    /// The wait it asks for; nil when it says nothing that can be understood.
    public static func wait(_ value: String, at now: WallTime) -> Interval? {
        // The longest of both is a date of 29 bytes.
        guard value.utf8.count <= 32 else { return nil }
        if let seconds = UInt32(value) { return .seconds(Int64(seconds)) }
        guard let date = date(value) else { return nil }
        return max(.zero, date - now)
    }

    /// The preferred form of a date: `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(_ text: String) -> WallTime? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let day = Int64(parts[1]),
            let month = months.firstIndex(of: String(parts[2])), let year = Int64(parts[3]),
            (1...31).contains(day), (1970...9999).contains(year)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]),
            (0...60).contains(clock[2])
        else { return nil }
        let days = WallTime.days(year: year, month: Int64(month) + 1, day: day)
        let seconds = ((days * 24 + clock[0]) * 60 + clock[1]) * 60 + clock[2]
        let (nanoseconds, isOver) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return isOver ? nil : WallTime(nanoseconds: nanoseconds)
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
