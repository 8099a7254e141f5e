// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Settings
public import Vocabulary

/// What was chosen at run time for each model, in a file that survives restarts.
///
/// The file is the program's own, beside the spool: `sluice.yaml` stays the operator's. It is replaced
/// as a whole (written beside, synced, renamed into place), so that a crash leaves the old one or the
/// new one. YAML, so that a person can read it; a damaged one is refused rather than guessed at.
public struct ModelChoices: Equatable, Sendable {
    /// Why a file could not be written.
    public struct Unwritable: Error, Equatable, Sendable {
        /// What went wrong, with the path.
        public var message: String
    }

    /// The choices by the names of the models.
    public var byModel: [String: ModelChoice]

    /// Makes choices; none by default.
    public init(_ byModel: [String: ModelChoice] = [:]) {
        self.byModel = byModel
    }

    /// The choices in the file at `path`; none where there is no file.
    ///
    /// Nil where it cannot be understood, which the diagnostics say. Blocks while it reads.
    public static func read(path: String) -> (ModelChoices?, [Diagnostic]) {
        guard access(path, F_OK) == 0 else { return (ModelChoices(), []) }
        let (read, diagnostics) = SettingsFile.read(path: path, shownAs: path)
        guard let file = read else { return (nil, diagnostics) }
        let choices = ModelChoices(file.root)
        file.root.finish()
        guard file.hasErrors else { return (choices, file.diagnostics) }
        return (
            nil,
            file.diagnostics + [
                Diagnostic(
                    .error,
                    "what was chosen by `sluice models` cannot be read",
                    hint: "restore the file, or remove it: then `models: use:` alone holds",
                    file: path
                )
            ]
        )
    }

    private init(_ root: SettingsNode) {
        _ = root.required("format", .integer(in: 1...1))
        byModel = [:]
        for node in root.named("models") where node.expectMapping() {
            byModel[node.name] = ModelChoice(node)
        }
    }

    /// The file's text.
    public var text: String {
        var lines = [
            "# What `sluice models` and broken limits chose. Written by sluice: a choice holds until",
            "# `models: use:` in sluice.yaml names other versions; `sluice models reset` takes it back.",
            "format: 1",
            "models:\(byModel.isEmpty ? " {}" : "")",
        ]
        for (name, choice) in byModel.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(Self.quoted(name)):")
            lines += choice.lines.map { "    " + $0 }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Replaces the file at `path`, which is on disk when this returns.
    ///
    /// Blocks.
    public func write(path: String) throws(Unwritable) {
        let fresh = path + ".new"
        let descriptor = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(fresh) }
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                close(descriptor)
                throw Self.failure(fresh)
            }
            bytes = bytes.dropFirst(count)
        }
        let isSynced = fsync(descriptor) == 0
        guard close(descriptor) == 0, isSynced, rename(fresh, path) == 0 else {
            throw Self.failure(path)
        }
        // The name itself is durable once its folder is.
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let holder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard holder >= 0 else { return }
        fsync(holder)
        close(holder)
    }

    private static func failure(_ path: String) -> Unwritable {
        Unwritable(message: "`\(path)` cannot be written: " + String(cString: strerror(errno)))
    }

    /// A text as JSON, and therefore YAML, quotes it.
    static func quoted(_ text: String) -> String {
        var writer = JSONWriter(capacity: text.utf8.count + 2)
        writer.value(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension ModelChoice {
    private static let versions = 1...Int(Int32.max)

    fileprivate init(_ node: SettingsNode) {
        self.init(
            over: node.string("over"),
            version: node.optionalInteger("version", in: Self.versions),
            previous: node.optionalInteger("previous", in: Self.versions),
            refused: node.optional("refused", .list(of: .integer(in: Self.versions))) ?? [],
            time: node.string("time"),
            author: node.required("by", .choice()) ?? .command,
            reason: node.string("reason")
        )
    }

    fileprivate var lines: [String] {
        var lines = ["over: \(ModelChoices.quoted(over))"]
        if let version { lines.append("version: \(version)") }
        if let previous { lines.append("previous: \(previous)") }
        if !refused.isEmpty {
            lines.append("refused: [\(refused.map(String.init).joined(separator: ", "))]")
        }
        lines.append("time: \(ModelChoices.quoted(time))")
        lines.append("by: \(author.rawValue)")
        lines.append("reason: \(ModelChoices.quoted(reason))")
        return lines
    }
}
