// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Finds files whose keys hold aliases, before they are parsed.
///
/// Yams compares keys by all they hold, so a key built of aliases of aliases takes exponential time
/// where the same in a value takes none. Nobody needs such a key; what looks like one is refused.
enum AliasKeys {
    /// True when `text` defines an anchor, uses an alias, and has a key that is not a plain word.
    static func areIn(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var hasAnchor = false
        var hasAlias = false
        var hasKey = false
        for (index, byte) in bytes.enumerated() {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            switch byte {
            case UInt8(ascii: "&") where opens(bytes, index) && isName(next):
                hasAnchor = true
            case UInt8(ascii: "*") where opens(bytes, index) && isName(next):
                hasAlias = true
                hasKey = hasKey || precedesColon(bytes, after: index, skipping: isName)
            case UInt8(ascii: "?") where opens(bytes, index):
                hasKey = true
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                hasKey = hasKey || precedesColon(bytes, after: index) { _ in false }
            default:
                break
            }
        }
        return hasAnchor && hasAlias && hasKey
    }

    /// True when a token can begin at `index`.
    private static func opens(_ bytes: [UInt8], _ index: Int) -> Bool {
        guard index > 0 else { return true }
        switch bytes[index - 1] {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"),
            UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ","), UInt8(ascii: ":"):
            return true
        default:
            return false
        }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func precedesColon(
        _ bytes: [UInt8],
        after index: Int,
        skipping: (UInt8) -> Bool
    ) -> Bool {
        var index = index + 1
        while index < bytes.count, skipping(bytes[index]) { index += 1 }
        while index < bytes.count, bytes[index] == UInt8(ascii: " ") { index += 1 }
        return index < bytes.count && bytes[index] == UInt8(ascii: ":")
    }
}
