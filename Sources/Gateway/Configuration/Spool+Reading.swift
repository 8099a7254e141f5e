// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Settings
import Spool
import Vocabulary

extension SpoolOptions {
    /// Reads `spool:`, and what `audits:` takes of it.
    init(_ node: SettingsNode, audits: SettingsNode?) {
        self.init(
            maximumSize: node.size(
                "max_size",
                in: SpoolOptions.minimumSize...1 << 44,
                default: 1 << 30
            ),
            reservedForHigh: node.value("reserve_high", .fraction, default: 0),
            auditShare: audits?.value("share", .auditShare, default: 0.05) ?? 0.05,
            deadLetterLimit: node.integer("dead_letters", in: 1...10_000_000, default: 10_000)
        )
        readWhenFull(node)
        compression = node.value("compression", .choice(Compression.self), default: .none)
        durability = node.value("durability", .choice(Durability.self), default: .disk)
        if durability == .memory {
            node.node("durability")?.problem(
                "a spool in memory loses everything that waits whenever the process ends",
                hint: "use `disk` wherever a message may not be lost",
                severity: .warning
            )
        }
        if let encryption = node.optionalMapping("encryption") {
            keys = Self.keys(encryption)
        }
    }

    /// One policy for all rows, or one for each priority.
    private mutating func readWhenFull(_ node: SettingsNode) {
        if let each = node.node("when_full"), each.isMapping {
            for priority in Priority.allCases {
                whenFullByPriority[priority] = each.value(
                    priority.name,
                    .choice(WhenFull.self),
                    default: .dropOldest
                )
            }
        } else {
            whenFull = node.value("when_full", .choice(WhenFull.self), default: .dropOldest)
        }
    }

    private static func keys(_ node: SettingsNode) -> [MasterKey] {
        var keys = node.paths("key_files").compactMap { path, node in key(file: path, node) }
        if let name = node.optionalString("key_env") {
            let place = node.node("key_env") ?? node
            if let value = getenv(name) {
                let bytes = Array(String(cString: value).utf8)
                keys += [key(bytes, "the environment variable `\(name)`", place)].compactMap(\.self)
            } else {
                place.problem("the environment variable `\(name)` is not set")
            }
            if node.has("key_files") {
                place.problem(
                    "`key_files` and `key_env` are both set",
                    hint: "keep one of them"
                )
            }
        } else if !node.has("key_files") || node.paths("key_files").isEmpty {
            node.problem(
                "a sealed spool needs a key",
                hint: "use `key_files: [path]` or `key_env: VARIABLE`;"
                    + " `openssl rand -base64 32` makes a key"
            )
        }
        return keys
    }

    private static func key(file path: String, _ node: SettingsNode) -> MasterKey? {
        do {
            let bytes = try BoundedFile.read(path: path, limit: 4096)
            if let doubt = SecretReference(.file(path)).warning {
                node.problem(
                    doubt,
                    hint: "allow only its owner: `chmod 600`",
                    severity: .warning
                )
            }
            return key(bytes, "`\(path)`", node)
        } catch {
            node.problem("the key `\(path)`: \(error.message)", hint: error.hint)
            return nil
        }
    }

    private static func key(
        _ bytes: [UInt8],
        _ place: String,
        _ node: SettingsNode
    ) -> MasterKey? {
        if let key = MasterKey(file: bytes) { return key }
        node.problem(
            "\(place) holds no key",
            hint: "a key is 32 bytes, as they are, in Base64 or as 64 hexadecimal digits;"
                + " `openssl rand -base64 32` makes one"
        )
        return nil
    }
}
