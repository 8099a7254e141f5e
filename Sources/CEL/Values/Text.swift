// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Comparison of strings by code points, which is CEL's, where Swift's is canonical equivalence.
enum Text {
    static func equal(_ left: String, _ right: String) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        let isSame = left.utf8.withContiguousStorageIfAvailable { left in
            right.utf8.withContiguousStorageIfAvailable { right in
                for index in left.indices where left[index] != right[index] {
                    return false
                }
                return true
            }
        }
        // Only strings bridged from elsewhere have no bytes in a row.
        return (isSame ?? nil) ?? left.utf8.elementsEqual(right.utf8)
    }

    /// UTF-8 keeps the order of code points, so bytes are compared.
    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.lexicographicallyPrecedes(right.utf8)
    }

    static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
        text.utf8.starts(with: prefix.utf8)
    }

    static func hasSuffix(_ text: String, _ suffix: String) -> Bool {
        let excess = text.utf8.count - suffix.utf8.count
        return excess >= 0 && text.utf8.dropFirst(excess).elementsEqual(suffix.utf8)
    }

    /// Whether `part` occurs in `text`, in time linear in both (Knuth, Morris and Pratt 1977).
    static func contains(_ text: String, _ part: String) -> Bool {
        let wanted = Array(part.utf8)
        guard !wanted.isEmpty else { return true }
        guard wanted.count <= text.utf8.count else { return false }
        var borders = [Int](repeating: 0, count: wanted.count)
        var matched = 0
        for position in wanted.indices.dropFirst() {
            while matched > 0, wanted[matched] != wanted[position] {
                matched = borders[matched - 1]
            }
            if wanted[matched] == wanted[position] { matched += 1 }
            borders[position] = matched
        }
        matched = 0
        for byte in text.utf8 {
            while matched > 0, wanted[matched] != byte {
                matched = borders[matched - 1]
            }
            if wanted[matched] == byte { matched += 1 }
            if matched == wanted.count { return true }
        }
        return false
    }
}
