// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
public import Vocabulary

/// The policies of one folder, read and checked together.
public struct PolicySet: Sendable {
    /// The policies, by the names of their folders.
    public let policies: [Policy]
    /// A digest of all their files: 12 hexadecimal digits.
    public let digest: String

    /// Reads `<folder>/<name>/policy.yaml` for every name, and checks them against each other.
    ///
    /// Reports every problem of every file. There is no set when one of them is an error: a folder of
    /// policies is taken as a whole or not at all. Blocks while it reads.
    public static func load(
        folder: String,
        surroundings: Surroundings
    ) -> (PolicySet?, [Diagnostic]) {
        var reader = PolicyFolder(path: folder, surroundings: surroundings)
        let policies = reader.read()
        return result(policies, reader.diagnostics)
    }

    /// The policies of a folder whose own files have no error, whatever is the matter with the others.
    ///
    /// For looking at what was decided, never for deciding: a gateway takes a folder as a whole.
    /// Blocks while it reads.
    public static func readable(folder: String, surroundings: Surroundings) -> [Policy] {
        var reader = PolicyFolder(path: folder, surroundings: surroundings)
        return reader.read().filter { policy in
            !reader.diagnostics.contains { $0.severity == .error && $0.file == policy.file }
        }
    }

    /// Reads policies that are in memory: the path and the bytes of each file.
    public static func read(
        _ files: [(path: String, bytes: [UInt8])],
        surroundings: Surroundings
    ) -> (PolicySet?, [Diagnostic]) {
        var reader = PolicyFolder(path: "", surroundings: surroundings)
        let policies = reader.read(files)
        return result(policies, reader.diagnostics)
    }

    private static func result(
        _ policies: [Policy],
        _ diagnostics: [Diagnostic]
    ) -> (PolicySet?, [Diagnostic]) {
        guard !diagnostics.contains(where: { $0.severity == .error }) else {
            return (nil, diagnostics)
        }
        let digest = Digest.short(of: policies.flatMap { Array("\($0.name) \($0.version)\n".utf8) })
        return (PolicySet(policies: policies, digest: digest), diagnostics)
    }
}

/// Names bytes by what they are.
enum Digest {
    /// The first 12 hexadecimal digits of the SHA-256 of `bytes`.
    static func short(of bytes: [UInt8]) -> String {
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash.finalize().prefix(6).map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}

extension PolicySet {
    /// The words that no field and no level of a topic may be called: they mean something in conditions.
    public static var reservedNames: Set<String> { ConditionVariable.reservedNames }
}
