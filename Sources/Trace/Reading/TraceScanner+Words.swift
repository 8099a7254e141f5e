// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The words of the format.
extension TraceScanner {
    /// A text that must be one of a closed list.
    mutating func choice<Word: CaseIterable & RawRepresentable>(
        _ type: Word.Type
    ) throws(Fault) -> Word where Word.RawValue == String {
        _ = peek()
        let place = position
        let text = try text()
        guard let word = Word(rawValue: text) else {
            let known = Word.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")
            throw fault("`\(text.prefix(40))` is none of \(known)", at: place)
        }
        return word
    }

    /// A duration written as milliseconds, kept to the nanosecond while it is shorter than weeks.
    mutating func milliseconds() throws(Fault) -> Interval {
        let place = position
        let number = (try number() * 1_000_000).rounded()
        // The longest there is rounds up to one that is not.
        guard number.magnitude <= 0x1p63 else {
            throw fault("a duration beyond 292 years", at: place)
        }
        return Interval(nanoseconds: Int64(exactly: number) ?? .max)
    }

    /// A number that counts something.
    mutating func count() throws(Fault) -> Int {
        let place = position
        guard let number = Int(exactly: try whole()), number >= 0 else {
            throw fault("a count cannot be negative", at: place)
        }
        return number
    }

    mutating func identity() throws(Fault) -> DecisionID {
        _ = peek()
        let place = position
        guard let id = DecisionID(try text()) else {
            throw fault("an id has 32 hexadecimal digits", at: place)
        }
        return id
    }

    /// `name/version`.
    mutating func model() throws(Fault) -> ModelReference {
        let text = try text()
        guard let slash = text.lastIndex(of: "/") else {
            return ModelReference(name: text, version: "")
        }
        return ModelReference(
            name: String(text[..<slash]),
            version: String(text[text.index(after: slash)...])
        )
    }

    mutating func numbers() throws(Fault) -> [Double] {
        var numbers: [Double] = []
        try array { (scanner) throws(Fault) in
            // What is no number is written as null.
            if scanner.peek() == UInt8(ascii: "n") {
                try scanner.null()
                numbers.append(.nan)
            } else {
                numbers.append(try scanner.number())
            }
        }
        return numbers
    }

    mutating func texts() throws(Fault) -> [String] {
        var texts: [String] = []
        try array { (scanner) throws(Fault) in texts.append(try scanner.text()) }
        return texts
    }

    /// A time as RFC 3339 writes it, in UTC, as `WallTime.rfc3339` does.
    mutating func time() throws(Fault) -> WallTime {
        _ = peek()
        let place = position
        let text = try text()
        guard let time = WallTime(utc: text) else {
            throw fault("a time such as `2026-01-31T12:00:00.5Z` is wanted here", at: place)
        }
        return time
    }
}

extension WallTime {
    /// Reads `YYYY-MM-DDTHH:MM:SS[.fraction]Z` (RFC 3339), of which nine digits of fraction count.
    init?(utc text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[10] | 0x20 == UInt8(ascii: "t"),
            bytes[bytes.count - 1] | 0x20 == UInt8(ascii: "z"),
            bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = Self.digits(bytes[0..<4]), let month = Self.digits(bytes[5..<7]),
            let day = Self.digits(bytes[8..<10]), let hour = Self.digits(bytes[11..<13]),
            let minute = Self.digits(bytes[14..<16]), let second = Self.digits(bytes[17..<19]),
            (1...12).contains(month), (1...31).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction: Int64 = 0
        if bytes.count > 20 {
            let places = bytes[20..<bytes.count - 1]
            guard bytes[19] == UInt8(ascii: "."), !places.isEmpty, places.count <= 18,
                let number = Self.digits(places.prefix(9))
            else { return nil }
            fraction = (places.count..<max(places.count, 9)).reduce(number) { value, _ in value * 10
            }
        } else if bytes.count != 20 {
            return nil
        }
        let days = Self.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second
        // The first second begins before the earliest time: counted from its end.
        let isEarly = seconds < 0
        let (whole, isOver) = (isEarly ? seconds + 1 : seconds)
            .multipliedReportingOverflow(by: 1_000_000_000)
        let part = isEarly ? fraction - 1_000_000_000 : fraction
        let (nanoseconds, isBeyond) = whole.addingReportingOverflow(part)
        guard !isOver, !isBeyond else { return nil }
        self.init(nanoseconds: nanoseconds)
    }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> Int64? {
        var number: Int64 = 0
        for byte in bytes {
            guard byte &- 48 < 10 else { return nil }
            number = number * 10 + Int64(byte - 48)
        }
        return number
    }
}
