// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary
import Yams

/// Parses YAML past duplicate keys.
///
/// Yams stops at the first duplicate. So the earlier of the two is given another name of the same
/// length, which moves no mark, and the text is parsed again; whoever reads the tree names it back.
struct DuplicateKeys {
    /// How many duplicates are passed before giving up.
    private static let limit = 32

    /// The new names and what they stand for.
    private(set) var renamed: [String: String] = [:]
    private var text: String

    init(text: String) {
        self.text = text
    }

    /// The document; nil when there is none, which is reported.
    mutating func parse(reportingTo source: SettingsSource) -> Node? {
        while true {
            do {
                let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
                if let root = try parser.singleRoot() { return root }
                let start = SettingsPlace(line: 1, column: 1)
                source.add(.error, "the file is empty", hint: nil, at: start)
                return nil
            } catch YamlError.duplicatedKeysInMapping(let names, let context) {
                let name = names.first ?? ""
                if renamed.count < Self.limit, rename(name, at: context.mark) { continue }
                let place = source.place(
                    line: context.mark.line,
                    scalarColumn: context.mark.column,
                    length: name.count
                )
                source.add(.error, "`\(name.shortened)` is set twice", hint: nil, at: place)
                return nil
            } catch {
                YAMLSyntax.report(error, to: source)
                return nil
            }
        }
    }

    private mutating func rename(_ name: String, at mark: Mark) -> Bool {
        var scalars = Array(text.unicodeScalars)
        guard var index = Self.index(of: mark, in: scalars), scalars.indices.contains(index) else {
            return false
        }
        if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        let wanted = Array(name.unicodeScalars)
        guard !wanted.isEmpty, index + wanted.count <= scalars.count,
            Array(scalars[index..<(index + wanted.count)]) == wanted,
            // Characters for private use: no file means anything by them.
            let mark = Unicode.Scalar(0xE000 + UInt32(renamed.count))
        else { return false }
        let replacement = Array(repeating: mark, count: wanted.count)
        scalars.replaceSubrange(index..<(index + wanted.count), with: replacement)
        text = String(String.UnicodeScalarView(scalars))
        let newName = String(String.UnicodeScalarView(replacement))
        renamed[newName] = renamed[name] ?? name
        return true
    }

    private static func index(of mark: Mark, in scalars: [Unicode.Scalar]) -> Int? {
        var line = 1
        var index = 0
        while line < mark.line {
            guard index < scalars.count else { return nil }
            switch scalars[index] {
            case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n":
                break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                line += 1
            default:
                break
            }
            index += 1
        }
        return index + mark.column - 1
    }
}
