// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Base64 (RFC 4648): both alphabets, padded or not, and nothing between the digits.
enum Base64 {
    private static let none: UInt8 = 0xFF
    /// The value of each byte as a digit.
    private static let digits: [UInt8] = {
        var digits = [UInt8](repeating: none, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        for (value, letter) in alphabet.utf8.enumerated() { digits[Int(letter)] = UInt8(value) }
        digits[Int(UInt8(ascii: "+"))] = 62
        digits[Int(UInt8(ascii: "-"))] = 62
        digits[Int(UInt8(ascii: "/"))] = 63
        digits[Int(UInt8(ascii: "_"))] = 63
        return digits
    }()

    /// Decodes `text` in its own memory; false when it is no Base64, or none at all.
    ///
    /// The beginning of a `data:` URL up to its comma is passed over (RFC 2397). Bits left over at the
    /// end must be zero, so that one file is written in one way.
    static func decode(_ text: inout [UInt8]) -> Bool {
        var start = 0
        if text.starts(with: "data:".utf8) {
            guard let comma = text.prefix(256).firstIndex(of: UInt8(ascii: ",")) else {
                return false
            }
            start = comma + 1
        }
        var end = text.count
        var padding = 0
        while end > start, padding < 2, text[end - 1] == UInt8(ascii: "=") {
            end -= 1
            padding += 1
        }
        let count = end - start
        guard count > 0, count % 4 != 1, padding == 0 || (count + padding) % 4 == 0 else {
            return false
        }
        var made = 0
        var bits: UInt32 = 0
        var held = 0
        let isWhole = digits.withUnsafeBufferPointer { digits in
            text.withUnsafeMutableBufferPointer { text in
                for place in start..<end {
                    let digit = digits[Int(text[place])]
                    guard digit != none else { return false }
                    bits = bits << 6 | UInt32(digit)
                    held += 6
                    guard held >= 8 else { continue }
                    held -= 8
                    text[made] = UInt8(truncatingIfNeeded: bits >> UInt32(held))
                    made += 1
                }
                return bits & (1 << UInt32(held) - 1) == 0
            }
        }
        guard isWhole else { return false }
        text.removeLast(text.count - made)
        return true
    }
}
