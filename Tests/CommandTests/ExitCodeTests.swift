// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

@testable import sluice

@Suite struct `The page on the command` {
    private static let root: String = {
        var path = #filePath[...]
        for _ in 0..<3 { path = path[..<(path.lastIndex(of: "/") ?? path.endIndex)] }
        return String(path)
    }()

    private func text(_ path: String) throws -> String {
        String(
            decoding: try Data(contentsOf: URL(filePath: "\(Self.root)/\(path)")),
            as: UTF8.self
        )
    }

    @Test func `has every exit code that the verbs end with`() throws {
        let page = try text("Sources/Gateway/Gateway.docc/Command.md")
        let known = page.split(separator: "\n").compactMap { line in
            line.hasPrefix("| ") ? Int32(line.dropFirst(2).prefix { $0.isNumber }) : nil
        }
        #expect(Set(known).isSuperset(of: [0, 1, 64]))
        let folder = "\(Self.root)/Sources/sluice"
        let files = try #require(FileManager.default.subpaths(atPath: folder))
        var used: Set<Int32> = []
        for file in files where file.hasSuffix(".swift") {
            let source = try text("Sources/sluice/\(file)")
            for part in source.split(separator: "ExitCode(").dropFirst() {
                if let code = Int32(part.prefix { $0.isNumber }) { used.insert(code) }
            }
        }
        #expect(used.count >= 4)
        #expect(used.subtracting(known) == [])
    }

    @Test func `names the verbs for beginners and watchers, and all of tap's variables`() throws {
        let page = try text("Sources/Gateway/Gateway.docc/Command.md")
        for verb in ["discover", "init", "check", "doctor", "status", "top", "tap"] {
            #expect(page.contains("`sluice \(verb)"), "\(verb)")
        }
        for (name, _) in TapFilter.variables { #expect(page.contains("`\(name)`"), "\(name)") }
    }
}
