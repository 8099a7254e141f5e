// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Finds the name a person probably meant.
public enum Suggestion {
    /// The hint "did you mean …?", when one of `names` is near enough to `word`.
    public static func hint(for word: String, among names: some Sequence<String>) -> String? {
        nearest(to: word, among: names).map { "did you mean `\($0)`?" }
    }

    /// The one of `names` nearest to `word`, when it is near enough to be a slip of the hand.
    public static func nearest(to word: String, among names: some Sequence<String>) -> String? {
        guard word.count <= 64 else { return nil }
        let plain = folded(word)
        let allowed = max(1, plain.count / 3)
        var best: (name: String, distance: Int)?
        for name in names where name.count <= 64 {
            let distance = distance(plain, folded(name))
            guard distance <= allowed, distance < best?.distance ?? .max else { continue }
            best = (name, distance)
        }
        return best?.name
    }

    /// Upper and lower case, `-` and `_` are the same slip.
    private static func folded(_ word: String) -> [Character] {
        word.lowercased().map { $0 == "-" ? "_" : $0 }
    }

    /// Edits between two words: insert, delete, replace, swap neighbours (optimal string alignment).
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var before: [Int] = []
        var above = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let isSame = left[row - 1] == right[column - 1]
                var cost = min(
                    above[column] + 1,
                    current[column - 1] + 1,
                    above[column - 1] + (isSame ? 0 : 1)
                )
                if row > 1, column > 1, left[row - 1] == right[column - 2],
                    left[row - 2] == right[column - 1]
                {
                    cost = min(cost, before[column - 2] + 1)
                }
                current.append(cost)
            }
            before = above
            above = current
        }
        return above[right.count]
    }
}
