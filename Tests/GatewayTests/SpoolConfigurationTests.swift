// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Spool
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `Configuration of the spool` {
    private func read(
        _ spool: String,
        files: [String: String] = [:]
    ) throws -> (SpoolOptions?, [String]) {
        let folder =
            FileManager.default.temporaryDirectory.path
            + "/spool-configuration-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, text) in files {
            try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o600],
                ofItemAtPath: folder + "/" + name
            )
        }
        let text = """
            broker: { url: mqtt://localhost }
            inputs:
              - { name: all, topics: ["plant/#"] }
            policies: {}
            spool: \(spool)
            """
        try Data(text.utf8).write(to: URL(filePath: folder + "/sluice.yaml"))
        let (configuration, found, _) = GatewayConfiguration.read(path: folder + "/sluice.yaml")
        return (configuration?.spool, found.map { "\($0.severity): \($0.message)" })
    }

    private let key = String(repeating: "0f", count: 32)

    @Test func `reads keys from files, the first first`() throws {
        let (options, found) = try read(
            "{ path: s, compression: zstd, encryption: { key_files: [new.key, old.key] } }",
            files: ["new.key": key + "\n", "old.key": String(repeating: "0e", count: 32)]
        )
        #expect(found.isEmpty)
        #expect(options?.compression == .zstd)
        let prints = options?.keys.map(\.fingerprint) ?? []
        #expect(prints.count == 2 && prints[0] != prints[1])
    }

    @Test(arguments: [
        ("{ path: s, encryption: { key_files: [none.key] } }", "none.key"),
        ("{ path: s, encryption: { key_files: [short.key] } }", "holds no key"),
        ("{ path: s, encryption: { key_env: SLUICE_NO_SUCH_KEY } }", "is not set"),
        ("{ path: s, encryption: {} }", "needs a key"),
        ("{ path: s, encryption: { key: abc, key_files: [a.key] } }", "key"),
        ("{ path: s, compression: gzip }", "compression"),
        ("{ path: s, durability: maybe }", "durability"),
        ("{ path: s, when_full: { high: keep } }", "`high`"),
        ("{ path: s, when_full: { urgent: refuse } }", "`urgent`"),
        ("{ path: s, when_full: [refuse] }", "`when_full`"),
    ]) func `says what is wrong`(spool: String, word: String) throws {
        let (options, found) = try read(spool, files: ["short.key": "abc", "a.key": key])
        #expect(options == nil)
        #expect(found.contains { $0.hasPrefix("error") && $0.contains(word) })
    }

    @Test func `says for each priority what happens when it is full`() throws {
        let (options, found) = try read("{ path: s, when_full: { high: refuse, low: thin } }")
        #expect(found.isEmpty)
        #expect(options?.whenFull(.high) == .refuse)
        #expect(options?.whenFull(.normal) == .dropOldest)
        #expect(options?.whenFull(.low) == .thin)
    }

    @Test func `warns that memory forgets`() throws {
        let (options, found) = try read("{ path: s, durability: memory, when_full: thin }")
        #expect(options?.durability == .memory && options?.whenFull == .thin)
        #expect(found.count == 1 && found[0].hasPrefix("warning"))
    }
}
