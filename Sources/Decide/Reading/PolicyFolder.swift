// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Settings
import Vocabulary

/// Reads the policies of a folder and checks them against each other.
struct PolicyFolder {
    /// How many policies a folder may hold.
    private static let limit = 1_000

    let path: String
    let surroundings: Surroundings
    private(set) var diagnostics: [Diagnostic] = []

    init(path: String, surroundings: Surroundings) {
        self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.surroundings = surroundings
    }

    /// One file under way.
    private struct Candidate {
        var file: SettingsFile
        var reader: PolicyReader
        var policy: Policy?
    }

    /// The policies that could be read; `diagnostics` says whether they may be used.
    mutating func read() -> [Policy] {
        guard let names = subfolders() else {
            report(
                "the policies' folder cannot be read",
                hint: "create it, with one folder a policy"
            )
            return []
        }
        var candidates: [Candidate] = []
        var hasFile = false
        for name in names.prefix(Self.limit) {
            let path = "\(path)/\(name)/policy.yaml"
            guard access(path, F_OK) == 0 else { continue }
            hasFile = true
            let (file, problems) = SettingsFile.read(path: path, shownAs: path)
            if let file { candidates.append(candidate(file)) } else { diagnostics += problems }
        }
        if names.count > Self.limit {
            report("the folder holds more than \(Self.limit) policies")
        }
        if !hasFile {
            report("there is no policy in it", hint: "write one to `\(path)/<name>/policy.yaml`")
        }
        return finish(candidates)
    }

    /// The policies of files that are in memory.
    mutating func read(_ files: [(path: String, bytes: [UInt8])]) -> [Policy] {
        var candidates: [Candidate] = []
        for (path, bytes) in files {
            let (file, problems) = SettingsFile.parse(bytes, path: path, shownAs: path)
            if let file { candidates.append(candidate(file)) } else { diagnostics += problems }
        }
        return finish(candidates)
    }

    private func candidate(_ file: SettingsFile) -> Candidate {
        var reader = PolicyReader(
            root: file.root,
            surroundings: surroundings,
            version: Digest.short(of: file.bytes),
            file: file.name
        )
        let policy = reader.read()
        file.root.finish()
        return Candidate(file: file, reader: reader, policy: policy)
    }

    private mutating func finish(_ candidates: [Candidate]) -> [Policy] {
        checkNames(candidates)
        checkLoops(candidates)
        for candidate in candidates { diagnostics += candidate.file.diagnostics }
        return candidates.compactMap(\.policy)
    }

    /// Decisions and spooled rows cite policies by name, so a name stands for one of them.
    private func checkNames(_ candidates: [Candidate]) {
        var files: [String: String] = [:]
        for candidate in candidates {
            guard let name = candidate.policy?.name else { continue }
            if let first = files[name] {
                candidate.file.root.node("policy")?.problem(
                    "there is already a policy `\(name)`",
                    hint: "in \(first)"
                )
            }
            files[name] = files[name] ?? candidate.file.name
        }
    }

    /// An action that publishes what the gateway listens to would feed itself.
    private func checkLoops(_ candidates: [Candidate]) {
        for candidate in candidates {
            for topic in candidate.reader.published {
                if let input = surroundings.inputs.first(where: { TopicOverlap.of(topic, $0) }) {
                    topic.node.problem(
                        "the gateway would hear its own action: an input subscribes to `\(input)`",
                        hint: "publish to a topic that no input matches"
                    )
                    continue
                }
                let heard = candidates.first { other in
                    other.policy?.match.filters.contains { TopicOverlap.of(topic, $0) } ?? false
                }
                guard let heard, let policy = heard.policy else { continue }
                topic.node.problem(
                    "the action would set off the policy `\(policy.name)`, "
                        + "which matches `\(policy.match.source)`",
                    hint: "publish to a topic that no policy matches"
                )
            }
        }
    }

    private mutating func report(_ message: String, hint: String? = nil) {
        diagnostics.append(Diagnostic(.error, message, hint: hint, file: path))
    }

    private func subfolders() -> [String]? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
