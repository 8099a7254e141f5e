// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Names for the levels of a pattern that vary, made of what stands before them.
struct LevelNames {
    /// The name of each level; meaningless where the level does not vary.
    let names: [String]

    /// Words of conditions, and what policies fill themselves; a level is not called so.
    private static let taken: Set<String> = [
        "time", "sequence", "label", "score", "value", "model", "cloud", "bound", "deadline", "now",
        "retained", "threshold", "confidence", "margin", "device", "topic", "payload", "alarm",
        "stage", "in", "as", "if", "for", "var", "let", "int", "type", "list", "map", "bool",
        "bytes", "string", "double", "true", "false", "null",
    ]

    init(_ levels: [String?]) {
        var names: [String] = []
        var used: Set<String> = []
        for (place, level) in levels.enumerated() {
            guard level == nil else {
                names.append("")
                continue
            }
            let before = place > 0 ? levels[place - 1] ?? nil : nil
            var name = before.map(Self.singular) ?? "level\(place + 1)"
            // The first level names the site, not what stands below it.
            if place == 1 || name.isEmpty || Self.taken.contains(name) {
                name = name.isEmpty || place == 1 ? "level\(place + 1)" : "the_\(name)"
            }
            if !used.insert(name).inserted {
                name = "level\(place + 1)"
                used.insert(name)
            }
            names.append(name)
        }
        self.names = names
    }

    /// `machines` as `machine`, with nothing but letters, digits and `_`, beginning with a letter.
    private static func singular(_ word: String) -> String {
        var name = ""
        for byte in word.lowercased().utf8.prefix(24) {
            let isLetter = (0x61...0x7A).contains(byte)
            let isDigit = (0x30...0x39).contains(byte)
            if isLetter || isDigit && !name.isEmpty || byte == 0x5F && !name.isEmpty {
                name.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        let isPlural = name.count > 3 && name.hasSuffix("s") && !name.hasSuffix("ss")
        return isPlural ? String(name.dropLast()) : name
    }
}
