// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Shares in words.
public enum Percent {
    /// `share` in percent with at most two decimals, rounded up when it is to be an upper bound.
    public static func of(_ share: Double, up: Bool = false) -> String {
        guard share.isFinite else { return "?" }
        let hundredths = share * 10_000
        let rounded = up ? (hundredths - 1e-9).rounded(.up) : hundredths.rounded()
        let number = rounded / 100
        let text = number == number.rounded() ? String(Int(number)) : String(describing: number)
        return text + " %"
    }
}
