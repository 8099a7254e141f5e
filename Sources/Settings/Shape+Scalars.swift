// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

extension Shape where Value == String {
    /// A text that is not empty.
    public static var string: Shape {
        .parsed("a text") { text in
            guard !text.isEmpty else { throw ShapeMismatch() }
            return text
        }
    }

    /// A text that may be empty.
    public static var anyString: Shape {
        .parsed("a text") { text in text }
    }

    /// A name: letters, digits, `-`, `_` and `.`, beginning with a letter or digit.
    public static var name: Shape {
        .parsed(
            "a name of letters, digits, `-`, `_` and `.`",
            as: .text(pattern: "name")
        ) { text in
            let isName = text.utf8.enumerated().allSatisfy { index, byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): index > 0
                default: false
                }
            }
            guard isName, !text.isEmpty, text.utf8.count <= 128 else { throw ShapeMismatch() }
            return text
        }
    }
}

extension Shape where Value == Bool {
    /// `true` or `false`.
    public static var flag: Shape {
        Shape("`true` or `false`", .flag) { node in
            switch node.plainText {
            case "true": true
            case "false": false
            default: throw ShapeMismatch()
            }
        }
    }
}

extension Shape where Value == Int {
    /// A whole number in `range`.
    public static func integer(in range: ClosedRange<Int>) -> Shape {
        Shape("a whole number", .integer(range)) { node in
            guard let text = node.plainText, let number = Int(text) else { throw ShapeMismatch() }
            guard range.contains(number) else {
                throw node.outside(shown(range.lowerBound), shown(range.upperBound))
            }
            return number
        }
    }

    /// A number of bytes with its unit, in `range`.
    public static func size(in range: ClosedRange<Int> = 0...Int.max) -> Shape {
        Shape("a size with a unit, such as `64KiB` or `1GiB`", .size(range)) {
            node in
            guard let text = node.text, let bytes = Quantity.bytes(text) else {
                throw ShapeMismatch()
            }
            guard range.contains(bytes) else {
                let upper = range.upperBound == .max ? nil : Quantity.text(bytes: range.upperBound)
                throw node.outside(Quantity.text(bytes: range.lowerBound), upper)
            }
            return bytes
        }
    }

    private static func shown(_ bound: Int) -> String? {
        bound == .min || bound == .max ? nil : String(bound)
    }
}

extension Shape where Value == Double {
    /// A number in `range`.
    public static func number(
        in range: ClosedRange<Double> = -Double
            .greatestFiniteMagnitude...Double
            .greatestFiniteMagnitude
    ) -> Shape {
        Shape("a number", .number(range)) { node in
            guard let text = node.plainText, let number = Quantity.number(text) else {
                throw ShapeMismatch()
            }
            guard range.contains(number) else {
                throw node.outside(shown(range.lowerBound), shown(range.upperBound))
            }
            return number
        }
    }

    /// A frequency with its unit, in hertz.
    public static var frequency: Shape {
        .parsed("a frequency with a unit, such as `16kHz`") { text in
            guard let hertz = Quantity.hertz(text), hertz > 0 else { throw ShapeMismatch() }
            return hertz
        }
    }

    /// A part of a whole: `10%` or `0.1`.
    public static var fraction: Shape {
        Shape("a part of a whole, such as `10%` or `0.1`", .fraction) {
            node in
            guard let text = node.text, let fraction = Quantity.fraction(text) else {
                throw ShapeMismatch()
            }
            guard (0...1).contains(fraction) else { throw node.outside("0%", "100%") }
            return fraction
        }
    }

    private static func shown(_ bound: Double) -> String? {
        if bound.magnitude == .greatestFiniteMagnitude { return nil }
        return bound == bound.rounded() && bound.magnitude < 1e15
            ? String(Int64(bound)) : String(bound)
    }
}

extension Shape where Value == Interval {
    /// A length of time with its unit, in `range`.
    public static func duration(
        in range: ClosedRange<Interval> = .zero...Interval(nanoseconds: .max)
    ) -> Shape {
        let wants = "a duration with a unit, such as `2s` or `250ms`"
        return Shape(wants, .duration(range)) { node in
            guard let text = node.text, let interval = Quantity.interval(text) else {
                throw ShapeMismatch()
            }
            guard range.contains(interval) else {
                let isOpen = range.upperBound.nanoseconds == .max
                throw node.outside(
                    Quantity.text(range.lowerBound),
                    isOpen ? nil : Quantity.text(range.upperBound)
                )
            }
            return interval
        }
    }
}

extension Shape where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
    /// One of the words of an enumeration.
    public static func choice(_ type: Value.Type = Value.self) -> Shape {
        .choice(of: Value.allCases.map { ($0.rawValue, $0) })
    }
}

extension Shape {
    /// One of `words`, each with what it stands for.
    public static func choice(of words: [(word: String, value: Value)]) -> Shape {
        let names = words.map(\.word)
        return Shape(listed(names), .choice(names)) { node in
            guard let text = node.text else { throw ShapeMismatch() }
            guard let value = words.first(where: { $0.word == text })?.value else {
                throw ShapeMismatch(hint: Suggestion.hint(for: text, among: names))
            }
            return value
        }
    }

    private static func listed(_ names: [String]) -> String {
        let quoted = names.map { "`\($0)`" }
        guard let last = quoted.last, quoted.count > 1 else { return quoted.joined() }
        return quoted.dropLast().joined(separator: ", ") + " or " + last
    }
}

extension SettingsNode {
    /// The complaint that this value lies outside its range.
    fileprivate func outside(
        _ lower: String?,
        _ upper: String?
    ) -> ShapeMismatch {
        let range =
            switch (lower, upper) {
            case (let lower?, let upper?): "between \(lower) and \(upper)"
            case (let lower?, nil): "at least \(lower)"
            case (nil, let upper?): "at most \(upper)"
            case (nil, nil): "in range"
            }
        return ShapeMismatch("\(shownName) must be \(range); found \(shownValue)")
    }
}
