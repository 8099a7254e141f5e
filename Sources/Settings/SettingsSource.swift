// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The text of one file, and where its problems go; shared by all nodes of the file.
final class SettingsSource {
    /// The file as the user named it.
    let name: String
    /// The lines without their ends, split where YAML splits them.
    let lines: [String]
    let problems = Problems()
    /// The files of secrets, certificates and keys that it names.
    var credentialFiles: Set<String> = []
    /// Its path, for references relative to it; empty for text that came from no file.
    let path: String
    /// The secrets that were asked for, with the keys that name them.
    var secrets: [(key: String, secret: SecretReference)] = []
    /// The paths that were asked for, as `SettingsNode.optionalPath` answers them, with their keys.
    var paths: [(key: String, path: String)] = []

    init(name: String, text: String, path: String) {
        self.name = name
        self.path = path
        lines = Self.split(text)
    }

    @discardableResult
    func add(
        _ severity: Diagnostic.Severity,
        _ message: String,
        hint: String?,
        at place: SettingsPlace
    ) -> Diagnostic {
        let diagnostic = Diagnostic(
            severity,
            message,
            hint: hint,
            file: name,
            line: place.line,
            column: place.column,
            length: place.length
        )
        problems.add(diagnostic)
        return diagnostic
    }

    /// The place of a mark that counts columns in Unicode scalars, as libyaml does.
    func place(line: Int, scalarColumn: Int, length: Int = 1) -> SettingsPlace {
        guard lines.indices.contains(line - 1) else {
            let last = lines.last ?? ""
            return SettingsPlace(line: max(1, lines.count), column: last.count + 1)
        }
        let scalars = lines[line - 1].unicodeScalars
        let lead = String(String.UnicodeScalarView(scalars.prefix(max(0, scalarColumn - 1))))
        return SettingsPlace(line: line, column: lead.count + 1, length: length)
    }

    private static func split(_ text: String) -> [String] {
        var lines: [String] = []
        var line = String.UnicodeScalarView()
        var previous: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            defer { previous = scalar }
            switch scalar {
            case "\n" where previous == "\r":
                continue
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
                lines.append(String(line))
                line = String.UnicodeScalarView()
            default:
                line.append(scalar)
            }
        }
        lines.append(String(line))
        return lines
    }
}
