// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary
import Yams

/// Says what a YAML parser's complaint means.
enum YAMLSyntax {
    static func report(_ error: any Error, to source: SettingsSource) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _),
            .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            report(problem, context: context, at: mark, to: source)
        case .reader(let problem, let offset, _, let yaml):
            let before = yaml.prefix(offset ?? 0)
            let line = before.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let place = SettingsPlace(line: line.count, column: (line.last?.count ?? 0) + 1)
            source.add(.error, "YAML: \(problem)", hint: nil, at: place)
        default:
            let start = SettingsPlace(line: 1, column: 1)
            source.add(.error, "the file is not YAML", hint: nil, at: start)
        }
    }

    private static func report(
        _ problem: String,
        context: YamlError.Context?,
        at mark: Mark,
        to source: SettingsSource
    ) {
        let place = source.place(line: mark.line, scalarColumn: mark.column)
        var message = "YAML: \(problem)"
        if let context, !context.text.isEmpty, context.mark.line != mark.line {
            message += " (\(context.text) that begins on line \(context.mark.line))"
        }
        source.add(.error, message, hint: hint(problem, at: place, in: source), at: place)
    }

    private static func hint(
        _ problem: String,
        at place: SettingsPlace,
        in source: SettingsSource
    ) -> String? {
        let line = source.lines.indices.contains(place.line - 1) ? source.lines[place.line - 1] : ""
        let here = line.dropFirst(place.column - 1).first
        if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
            return "indent with spaces, not tabs"
        }
        if problem.contains("cannot start any token") {
            return "put quotes around a text that begins with `\(here ?? " ")`"
        }
        if problem.contains("mapping values are not allowed") {
            return "put quotes around a text that contains `: `, and check the indentation"
        }
        if problem.contains("undefined alias") {
            return "put quotes around a text that begins with `*`"
        }
        if problem.contains("another document") {
            return "the file may hold one document; remove the `---`"
        }
        if problem.contains("did not find expected key") || problem.contains("block end") {
            return "check the indentation of this line and of those above it"
        }
        return nil
    }
}
