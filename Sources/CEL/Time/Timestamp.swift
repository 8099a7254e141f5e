// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// An instant between 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999999Z.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Whole seconds since 1970-01-01T00:00:00Z, rounded down.
    public let seconds: Int64
    /// Nanoseconds after ``seconds``, from 0 to 999 999 999.
    public let nanoseconds: Int32

    static let earliestSecond: Int64 = -62_135_596_800
    static let latestSecond: Int64 = 253_402_300_799
    static let nanosecondsPerSecond: Int64 = 1_000_000_000

    /// The instant so many seconds and nanoseconds after 1970, held to the range of the type.
    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = min(max(seconds, Timestamp.earliestSecond), Timestamp.latestSecond)
        self.nanoseconds = min(max(nanoseconds, 0), 999_999_999)
    }

    init(checkedSeconds seconds: Int64, nanoseconds: Int32 = 0) throws(EvaluationError) {
        guard (Timestamp.earliestSecond...Timestamp.latestSecond).contains(seconds) else {
            throw .overflow("the timestamp")
        }
        self.init(seconds: seconds, nanoseconds: nanoseconds)
    }

    /// Whether `left` is the earlier instant.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    func advanced(
        by span: Int64,
        backwards: Bool = false
    ) throws(EvaluationError) -> Timestamp {
        let unit = Timestamp.nanosecondsPerSecond
        let whole = span / unit
        let part = span % unit
        var seconds = backwards ? self.seconds - whole : self.seconds + whole
        var nanoseconds = Int64(self.nanoseconds) + (backwards ? -part : part)
        if nanoseconds < 0 {
            nanoseconds += unit
            seconds -= 1
        } else if nanoseconds >= unit {
            nanoseconds -= unit
            seconds += 1
        }
        return try Timestamp(checkedSeconds: seconds, nanoseconds: Int32(nanoseconds))
    }

    func nanoseconds(since other: Timestamp) throws(EvaluationError) -> Int64 {
        let (scaled, overflows) = (seconds - other.seconds)
            .multipliedReportingOverflow(by: Timestamp.nanosecondsPerSecond)
        guard !overflows else { throw .overflow("the duration") }
        let part = Int64(nanoseconds) - Int64(other.nanoseconds)
        return try Checked.add(scaled, part, "the duration")
    }
}
