// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A time as tables write it.
public enum TableTime {
    /// Reads a date and a time of day, or a number since 1970; nil when it is neither.
    ///
    /// `2014-04-10 07:15:00`, with `T` in between, with a fraction of a second, without seconds, without
    /// a time of day, with `Z` or an offset such as `+02:00` (without one it is UTC); or seconds,
    /// milliseconds, microseconds or nanoseconds since 1970, told apart by their size: below
    /// 10¹¹, 10¹⁴ and 10¹⁷.
    public static func parsed(_ text: ArraySlice<UInt8>) -> WallTime? {
        var scan = Scan(text)
        scan.skipBlanks()
        if let time = scan.civil() { return time }
        return since1970(text)
    }

    private static func since1970(_ text: ArraySlice<UInt8>) -> WallTime? {
        guard let number = TableNumber.parsed(text), number.isFinite else { return nil }
        let unit: Double =
            switch number.magnitude {
            case ..<1e11: 1e9
            case ..<1e14: 1e6
            case ..<1e17: 1e3
            default: 1
            }
        // Apart, so that a fraction of a second keeps its digits.
        let whole = number.rounded(.towardZero)
        let rest = ((number - whole) * unit).rounded()
        guard let nanoseconds = Int64(exactly: whole * unit) else { return nil }
        return WallTime(nanoseconds: nanoseconds &+ Int64(rest))
    }

    private struct Scan {
        private let text: ArraySlice<UInt8>
        private var place: Int

        init(_ text: ArraySlice<UInt8>) {
            self.text = text
            place = text.startIndex
        }

        private var next: UInt8? { place < text.endIndex ? text[place] : nil }

        mutating func skipBlanks() {
            while next == UInt8(ascii: " ") { place += 1 }
        }

        private mutating func takes(_ character: Character) -> Bool {
            guard let next, next == character.asciiValue else { return false }
            place += 1
            return true
        }

        /// Exactly `count` digits, or nil.
        private mutating func digits(_ count: Int) -> Int64? {
            guard text.endIndex - place >= count else { return nil }
            var number: Int64 = 0
            for _ in 0..<count {
                let digit = text[place] &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                number = number * 10 + Int64(digit)
                place += 1
            }
            return number
        }

        mutating func civil() -> WallTime? {
            guard let year = digits(4), takes("-"), let month = digits(2), takes("-"),
                let day = digits(2), (1...12).contains(month), (1...31).contains(day)
            else { return nil }
            // All whole years of a WallTime.
            guard (1_678...2_261).contains(year) else { return nil }
            let days = WallTime.days(year: year, month: month, day: day)
            var nanoseconds = days * 86_400_000_000_000
            if takes("T") || takes(" ") || takes("t") {
                skipBlanks()
                guard next == nil || clock(&nanoseconds) else { return nil }
            }
            skipBlanks()
            return next == nil ? WallTime(nanoseconds: nanoseconds) : nil
        }

        private mutating func clock(_ nanoseconds: inout Int64) -> Bool {
            guard let hour = digits(2), takes(":"), let minute = digits(2), hour <= 24, minute < 60
            else { return false }
            nanoseconds += (hour * 3_600 + minute * 60) * 1_000_000_000
            if takes(":") {
                guard let second = digits(2), second <= 60 else { return false }
                nanoseconds += second * 1_000_000_000
                if takes(".") || takes(",") {
                    guard fraction(&nanoseconds) else { return false }
                }
            }
            skipBlanks()
            if takes("Z") || takes("z") { return true }
            let isEast = takes("+")
            guard isEast || takes("-") else { return true }
            guard let hours = digits(2), hours < 24 else { return false }
            _ = takes(":")
            let minutes = next == nil ? 0 : digits(2)
            guard let minutes, minutes < 60 else { return false }
            let offset = (hours * 3_600 + minutes * 60) * 1_000_000_000
            nanoseconds -= isEast ? offset : -offset
            return true
        }

        private mutating func fraction(_ nanoseconds: inout Int64) -> Bool {
            var unit: Int64 = 100_000_000
            let start = place
            while let next, next &- UInt8(ascii: "0") < 10 {
                nanoseconds += Int64(next - UInt8(ascii: "0")) * unit
                unit /= 10
                place += 1
            }
            return place > start
        }
    }
}

/// A number as tables write it.
enum TableNumber {
    /// Reads a decimal number; nil when it is none, not a number when it is empty or says so.
    static func parsed(_ text: ArraySlice<UInt8>) -> Double? {
        var text = text
        while let first = text.first, first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") {
            text.removeFirst()
        }
        while let last = text.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") {
            text.removeLast()
        }
        guard let first = text.first else { return .nan }
        guard text.count <= 400 else { return nil }
        let word = String(decoding: text, as: UTF8.self)
        // What `Double` reads beside decimals, hexadecimals and infinities, is no reading.
        let isNumeric = text.allSatisfy { byte in
            byte &- UInt8(ascii: "0") < 10 || "+-.eE".utf8.contains(byte)
        }
        if isNumeric {
            guard first == UInt8(ascii: "+") else { return Double(word) }
            return word.dropFirst().first == "-" ? nil : Double(word.dropFirst())
        }
        return ["nan", "na", "n/a", "null", "none"].contains(word.lowercased()) ? .nan : nil
    }
}
