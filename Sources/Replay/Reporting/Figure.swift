// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Figures as a person reads them.
enum Figure {
    /// A whole number in groups of three: `12 345`.
    static func count(_ number: Int) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append("\u{202F}") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + text
    }

    /// A number with `places` digits after the point, rounded half away from zero.
    static func fixed(_ number: Double, _ places: Int) -> String {
        let scale = (0..<places).reduce(1.0) { value, _ in value * 10 }
        let scaled = (number.magnitude * scale).rounded()
        guard scaled < 9e15 else { return number.description }
        let whole = Int64(scaled)
        let unit = Int64(scale)
        var text = String(whole / unit)
        if places > 0 {
            let rest = String(whole % unit)
            text += "." + String(repeating: "0", count: places - rest.count) + rest
        }
        return (number < 0 && whole > 0 ? "-" : "") + text
    }

    /// A share of a whole: `6.2 %`.
    static func percent(_ share: Double) -> String { fixed(share * 100, 1) + " %" }

    /// A duration in milliseconds, with as many digits as mean something.
    static func milliseconds(_ number: Double?) -> String {
        guard let number else { return "–" }
        return fixed(number, number < 10 ? 2 : number < 100 ? 1 : 0) + " ms"
    }

    /// Money: four digits after the point for small sums.
    static func money(_ sum: Double) -> String { fixed(sum, sum < 10 ? 4 : 2) }

    /// An estimated share with its interval and what it rests on.
    static func estimate(_ share: WeightedShare) -> String {
        guard let estimate = share.share, let (low, high) = share.interval else { return "–" }
        return "\(fixed(estimate * 100, 1)) % (\(fixed(low * 100, 1))–\(fixed(high * 100, 1)))"
    }
}
