// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

extension SettingsNode {
    /// Reports a problem with this value.
    public func problem(
        _ message: String,
        hint: String? = nil,
        severity: Diagnostic.Severity = .error
    ) {
        guard !isSilent else { return }
        source.add(severity, message, hint: hint, at: extent)
    }

    /// Reports a problem inside this scalar, `offset` characters into its text.
    ///
    /// The place is found through quotes, escapes and block scalars; where it cannot be, it is the
    /// beginning of the scalar.
    public func problem(
        at offset: Int,
        length: Int = 1,
        _ message: String,
        hint: String? = nil,
        severity: Diagnostic.Severity = .error
    ) {
        guard !isSilent else { return }
        source.add(severity, message, hint: hint, at: place(at: offset, length: length))
    }

    /// Reports a problem with the key this value stands under.
    public func problemWithKey(
        _ message: String,
        hint: String? = nil,
        severity: Diagnostic.Severity = .error
    ) {
        guard !isSilent else { return }
        source.add(severity, message, hint: hint, at: keyPlace)
    }

    /// Reports the keys of this mapping, and of every mapping below it, that no accessor asked for.
    ///
    /// Call it once, on the file's root, when everything has been read. A mapping that nothing was
    /// read from is not judged, because whoever should have read it has reported why not.
    public func finish() {
        switch content {
        case .silent, .scalar:
            return
        case .list(let items):
            for item in items { item.finish() }
        case .mapping(let entries):
            for entry in entries {
                if !isOpen, !knownKeys.isEmpty,
                    !knownKeys.contains(where: { $0.name == entry.key })
                {
                    reportUnknown(entry)
                } else {
                    entry.value.finish()
                }
            }
        }
    }

    private func reportUnknown(_ entry: Entry) {
        let names = knownKeys.map(\.name)
        let free = names.filter { !has($0) }
        let meant = Suggestion.nearest(to: entry.key, among: free)
        // One slip is one problem: what it left missing goes without saying.
        if let meant, let report = missing[meant] { source.problems.remove(report) }
        let hint =
            meant.map { "did you mean `\($0)`?" }
            ?? "known here: " + names.sorted().map { "`\($0)`" }.joined(separator: ", ")
        let message =
            name.isEmpty
            ? "unknown key `\(entry.key.shortened)`"
            : "unknown key `\(entry.key.shortened)` in `\(name)`"
        source.add(.error, message, hint: hint, at: entry.place)
    }

    /// The place the caret underlines: the scalar's text on its first line, or the beginning.
    var extent: SettingsPlace {
        guard case .scalar(let text, let style) = content else { return place }
        switch style {
        case .literal, .folded:
            return place
        case .plain where text.isEmpty:
            return keyPlace
        case .plain, .singleQuoted, .doubleQuoted:
            let map = ScalarMap(source: source, node: self)
            return SettingsPlace(
                line: place.line,
                column: place.column,
                length: map?.firstLineLength ?? 1
            )
        }
    }

    /// What was found, as messages say it.
    var shownValue: String {
        switch content {
        case .silent: "nothing"
        case .list: "a list"
        case .mapping: "a mapping"
        case .scalar(let text, let style):
            if isNothing {
                "nothing"
            } else if style == .plain {
                "`\(text.shortened)`"
            } else {
                "the text `\(text.shortened)`"
            }
        }
    }
}

extension String {
    /// The text as messages show it: one line, and not all of a long one.
    var shortened: String {
        let line = prefix { !$0.isNewline }
        return line.count < count || count > 60 ? line.prefix(57) + "…" : self
    }
}
