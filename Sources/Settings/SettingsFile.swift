// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// One YAML file as it was read, ready for its values to be asked for.
public final class SettingsFile {
    /// Its path.
    public let path: String
    /// Its name in diagnostics, as the user wrote it.
    public let name: String
    /// Its bytes, for digests.
    public let bytes: [UInt8]
    /// The value of the whole file.
    public let root: SettingsNode

    private let source: SettingsSource

    private init(path: String, bytes: [UInt8], source: SettingsSource, root: SettingsNode) {
        self.path = path
        self.name = source.name
        self.bytes = bytes
        self.source = source
        self.root = root
    }

    /// Its lines, for the caret lines under diagnostics.
    public var lines: [String] { source.lines }

    /// Everything found so far, by line: what reading the file found, and what its accessors found.
    public var diagnostics: [Diagnostic] { source.problems.sorted }

    /// The secrets its accessors were asked for so far, with the keys that name them.
    public var secrets: [(key: String, secret: SecretReference)] { source.secrets }

    /// The paths its accessors were asked for so far, as they answered them, with their keys.
    public var paths: [(key: String, path: String)] { source.paths }

    /// True when something found keeps the file from being used.
    public var hasErrors: Bool { source.problems.hasErrors }

    /// Reads a file; the diagnostics say why there is none, or are the first of its `diagnostics`.
    ///
    /// Blocks while it reads. Nothing above `limits` is read into memory or expanded.
    public static func read(
        path: String,
        shownAs name: String,
        limits: SettingsLimits = SettingsLimits()
    ) -> (SettingsFile?, [Diagnostic]) {
        do {
            let bytes = try BoundedFile.read(path: path, limit: limits.bytes)
            return parse(bytes, path: path, shownAs: name, limits: limits)
        } catch {
            let diagnostic = Diagnostic(.error, error.message, hint: error.hint, file: name)
            return (nil, [diagnostic])
        }
    }

    /// Reads a file's bytes; `path` is what secrets by relative reference are relative to.
    public static func parse(
        _ bytes: [UInt8],
        path: String = "",
        shownAs name: String,
        limits: SettingsLimits = SettingsLimits()
    ) -> (SettingsFile?, [Diagnostic]) {
        guard bytes.count <= limits.bytes else {
            let error = BoundedFile.Failure.tooLarge(limits.bytes)
            return (nil, [Diagnostic(.error, error.message, hint: error.hint, file: name)])
        }
        guard var text = String(validating: bytes, as: UTF8.self) else {
            return (nil, [notUTF8(bytes, name: name)])
        }
        if text.unicodeScalars.first == "\u{FEFF}" {
            text.unicodeScalars.removeFirst()
        }
        let source = SettingsSource(name: name, text: text, path: path)
        guard let root = SettingsTree.read(text, source: source, limits: limits) else {
            return (nil, source.problems.sorted)
        }
        let file = SettingsFile(path: path, bytes: bytes, source: source, root: root)
        return (file, source.problems.sorted)
    }

    private static func notUTF8(_ bytes: [UInt8], name: String) -> Diagnostic {
        var line = 1
        for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            if String(validating: part, as: UTF8.self) == nil { break }
            line += 1
        }
        return Diagnostic(
            .error,
            "the file is not UTF-8 text",
            hint: "save it as UTF-8",
            file: name,
            line: line
        )
    }
}
