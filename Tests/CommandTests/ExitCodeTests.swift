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

    @Test func `has every exit code that the verbs end with, and no other`() throws {
        let page = try text("Sources/Gateway/Gateway.docc/Command.md")
        let listed = page.split(separator: "\n").compactMap { line in
            line.hasPrefix("| ") ? Int32(line.dropFirst(2).prefix { $0.isNumber }) : nil
        }
        #expect(listed == ExitStatus.allCases.map(\.rawValue).sorted())
    }

    @Test func `has the codes that the manual pages have`() throws {
        let manual = try text("Integration/manual/manual.py")
        let listed = manual.split(separator: "\n").compactMap { line in
            line.hasPrefix("    (") ? Int32(line.dropFirst(5).prefix { $0.isNumber }) : nil
        }
        #expect(listed == ExitStatus.allCases.map(\.rawValue).sorted())
    }

    @Test func `lists all, because no verb ends with a number of its own`() throws {
        let folder = "\(Self.root)/Sources/sluice"
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder)
        for file in files where file.hasSuffix(".swift") && file != "ExitStatus.swift" {
            let source = try text("Sources/sluice/\(file)")
            for call in ["ExitCode(", "exit("] {
                for part in source.split(separator: call).dropFirst() {
                    #expect(part.first?.isNumber != true, "\(file): \(call)")
                }
            }
        }
    }

    @Test func `names the verbs for beginners and watchers, and all of tap's variables`() throws {
        let page = try text("Sources/Gateway/Gateway.docc/Command.md")
        for verb in ["discover", "init", "check", "doctor", "status", "top", "tap"] {
            #expect(page.contains("`sluice \(verb)"), "\(verb)")
        }
        for (name, _) in TapFilter.variables { #expect(page.contains("`\(name)`"), "\(name)") }
    }
}
