// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

extension CharacterSet {
    /// The POSIX class `[:name:]`, or nil.
    static func posix(_ name: String) -> CharacterSet? {
        switch name {
        case "alnum": CharacterSet([0x30...0x39, 0x41...0x5A, 0x61...0x7A])
        case "alpha": CharacterSet([0x41...0x5A, 0x61...0x7A])
        case "ascii": CharacterSet([0...0x7F])
        case "blank": CharacterSet([0x09...0x09, 0x20...0x20])
        case "cntrl": CharacterSet([0...0x1F, 0x7F...0x7F])
        case "digit": digits
        case "graph": CharacterSet([0x21...0x7E])
        case "lower": CharacterSet([0x61...0x7A])
        case "print": CharacterSet([0x20...0x7E])
        case "punct": CharacterSet([0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])
        case "space": CharacterSet([0x09...0x0D, 0x20...0x20])
        case "upper": CharacterSet([0x41...0x5A])
        case "word": words
        case "xdigit": CharacterSet([0x30...0x39, 0x41...0x46, 0x61...0x66])
        default: nil
        }
    }

    /// The Perl class `\d`, `\s`, `\w` or its opposite, or nil.
    static func perl(_ letter: Unicode.Scalar) -> CharacterSet? {
        switch letter {
        case "d": digits
        case "D": digits.inverted
        case "s": blanks
        case "S": blanks.inverted
        case "w": words
        case "W": words.inverted
        default: nil
        }
    }

    /// The Unicode general category or script `\p{name}`, or nil.
    static func named(_ name: String, ignoringCase: Bool) -> CharacterSet? {
        if name == "Any" { return everything }
        let key = ignoringCase ? "(?i)\(name)" : name
        if let known = collected.withLock({ $0[key] }) { return known }
        guard let plain = categories[name].map(collect) ?? script(name) else { return nil }
        let set = ignoringCase ? plain.ignoringCase(upTo: 10_000) : plain
        collected.withLock { $0[key] = set }
        return set
    }

    // A category is found by asking every code point, so that each is collected only once. There
    // are fewer than 500 names.
    private static let collected = Mutex<[String: CharacterSet]>([:])

    private static func collect(_ wanted: [Unicode.GeneralCategory]) -> CharacterSet {
        var ranges: [ClosedRange<UInt32>] = []
        var start: UInt32?
        for value in 0...highest {
            let isIn = Unicode.Scalar(value).map { wanted.contains($0.properties.generalCategory) }
            if isIn ?? false {
                start = start ?? value
            } else if let first = start {
                ranges.append(first...(value - 1))
                start = nil
            }
        }
        if let start { ranges.append(start...highest) }
        return CharacterSet(ranges)
    }

    private static let categories: [String: [Unicode.GeneralCategory]] = {
        let single: [String: Unicode.GeneralCategory] = [
            "Lu": .uppercaseLetter, "Ll": .lowercaseLetter, "Lt": .titlecaseLetter,
            "Lm": .modifierLetter, "Lo": .otherLetter, "Mn": .nonspacingMark,
            "Mc": .spacingMark, "Me": .enclosingMark, "Nd": .decimalNumber, "Nl": .letterNumber,
            "No": .otherNumber, "Pc": .connectorPunctuation, "Pd": .dashPunctuation,
            "Ps": .openPunctuation, "Pe": .closePunctuation, "Pi": .initialPunctuation,
            "Pf": .finalPunctuation, "Po": .otherPunctuation, "Sm": .mathSymbol,
            "Sc": .currencySymbol, "Sk": .modifierSymbol, "So": .otherSymbol,
            "Zs": .spaceSeparator, "Zl": .lineSeparator, "Zp": .paragraphSeparator,
            "Cc": .control, "Cf": .format, "Co": .privateUse,
        ]
        var result = single.mapValues { [$0] }
        for (name, category) in single {
            result[String(name.prefix(1)), default: []].append(category)
        }
        return result
    }()
}
