// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension SchemaDocument {
    /// The kind of file as a chapter of Markdown: one table a mapping, with every key.
    ///
    /// Paths are written as JSON Schema's editors show them: `*` stands for a name that the user chooses, `[]` for
    /// each item of a list.
    public func markdown() -> String {
        var text = "## \(title)\n\n\(about)\n"
        form.writeTables(path: "", to: &text)
        return text
    }
}

extension SchemaForm {
    /// Writes a table for each mapping that the form has, outer ones first.
    fileprivate func writeTables(path: String, to text: inout String) {
        switch self {
        case .object(let keys): Self.writeTable(keys, path: path, to: &text)
        case .named(let form): form.writeTables(path: path + ".*", to: &text)
        case .list(let form): form.writeTables(path: path + "[]", to: &text)
        case .either(let forms): for form in forms { form.writeTables(path: path, to: &text) }
        default: break
        }
    }

    private static func writeTable(_ keys: [SchemaKey], path: String, to text: inout String) {
        var title = path.isEmpty ? "The file" : "`\(path.dropFirst())`"
        for key in keys {
            if case .tag(let word, _) = key.form { title += " with `\(key.name): \(word)`" }
        }
        text += "\n### \(title)\n\n| key | wants | without it | what it is |\n|---|---|---|---|\n"
        for key in keys {
            let cells = ["`\(key.name)`", key.form.words, key.absence, key.about]
            text += "| " + cells.map(\.cell).joined(separator: " | ") + " |\n"
        }
        for key in keys { key.form.writeTables(path: "\(path).\(key.name)", to: &text) }
    }

    /// What a value may be, in a few words.
    private var words: String {
        switch self {
        case .never: "nothing"
        case .any: "anything"
        case .text(nil): "text"
        case .text(.some(let pattern)): "text like `\(pattern)`"
        case .expression: "expression (CEL)"
        case .words(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .tag(let word, _): "`\(word)`"
        case .integer(let range):
            "whole number"
                + Self.bounds(
                    range.lowerBound == .min ? nil : "\(range.lowerBound)",
                    range.upperBound == .max ? nil : "\(range.upperBound)"
                )
        case .number(let range):
            "number"
                + Self.bounds(
                    range.lowerBound <= -Self.limit ? nil : Self.shown(range.lowerBound),
                    range.upperBound >= Self.limit ? nil : Self.shown(range.upperBound)
                )
        case .fraction: "share, 0 to 1 or 0% to 100%"
        case .duration: "duration"
        case .size: "size"
        case .within(let least, let most, let form): form.words + Self.bounds(least, most)
        case .flag: "`true`, `false`"
        case .object: "mapping"
        case .named(let form): "mapping of names: \(form.words)"
        case .list(let form): "list: \(form.words)"
        case .either(let forms):
            forms.map(\.words).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
                .joined(separator: "; or ")
        }
    }

    private static let limit = Double.greatestFiniteMagnitude

    private static func bounds(_ lower: String?, _ upper: String?) -> String {
        switch (lower, upper) {
        case (nil, nil): ""
        case (.some(let lower), nil): ", at least \(lower)"
        case (nil, .some(let upper)): ", at most \(upper)"
        case (.some(let lower), .some(let upper)): ", \(lower) to \(upper)"
        }
    }

    private static func shown(_ number: Double) -> String {
        Int(exactly: number).map { "\($0)" } ?? "\(number)"
    }
}

extension SchemaKey {
    /// What holds without it.
    fileprivate var absence: String {
        isRequired ? "refused" : fallback.map { "`\($0)`" } ?? ""
    }
}

extension String {
    /// The text where a bar would end a table's cell.
    fileprivate var cell: String {
        split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
