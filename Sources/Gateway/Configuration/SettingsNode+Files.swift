// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Settings
import Vocabulary

extension SettingsNode {
    /// What a PEM file holds (RFC 7468).
    enum PEM {
        case certificate
        case privateKey
    }

    /// Reports the file at `path`, named under `key`, when it cannot be read or holds no `kind`.
    func checkPEM(_ key: String, _ path: String, _ kind: PEM) {
        guard let node = node(key) else { return }
        node.noteCredential(path)
        let bytes: [UInt8]
        do {
            bytes = try BoundedFile.read(path: path, limit: 4 << 20)
        } catch {
            return node.problem("`\(path)`: \(error.message)", hint: error.hint)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline)
        let isThere = lines.contains { line in
            guard line.hasPrefix("-----BEGIN ") else { return false }
            return switch kind {
            case .certificate: line.hasSuffix("CERTIFICATE-----")
            case .privateKey: line.hasSuffix("PRIVATE KEY-----")
            }
        }
        guard !isThere else { return }
        node.problem(
            kind == .certificate
                ? "`\(path)` holds no certificate in PEM" : "`\(path)` holds no private key in PEM",
            hint: kind == .certificate
                ? "it begins with `-----BEGIN CERTIFICATE-----`"
                : "it begins with `-----BEGIN PRIVATE KEY-----`"
        )
    }

    /// Reports the folder of the file at `path`, named under `key`, when no file can be made in it.
    func checkFolder(_ key: String, _ path: String) {
        guard let node = node(key) else { return }
        let folder =
            path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : path[..<$0] } ?? "."
        let name = String(folder)
        if access(name, F_OK) != 0 {
            node.problem(
                "there is no folder `\(name)`",
                hint: "create it, and let the user that runs sluice write in it",
                severity: .warning
            )
        } else if access(name, W_OK | X_OK) != 0 {
            node.problem(
                "no file can be made in the folder `\(name)`",
                hint: "let the user that runs sluice write in it",
                severity: .warning
            )
        }
    }
}
