// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import FoundationEssentials
import Gateway
import HTTP
import Spool
import Testing
import Tune
import Vocabulary

@testable import sluice

@Suite struct `The guides` {
    /// A chapter of the guide of errors, and the codes that the code has for it.
    struct Chapter: CustomTestStringConvertible, Sendable {
        let title: String
        let codes: [String]

        var testDescription: String { title }

        static let all = [
            Chapter("Dead letters", DeadLetterCode.allCases.map(\.rawValue)),
            Chapter("Drops", DropReason.allCases.map(\.rawValue)),
            Chapter("Parked rows", ParkReason.allCases.map(\.name)),
            Chapter("The spool", SpoolError.Code.allCases.map(\.rawValue)),
            Chapter("Web calls", HTTPError.Code.allCases.map(\.rawValue)),
            Chapter("Conditions", EvaluationError.Code.allCases.map(\.rawValue)),
            Chapter("Refused tunings", TuneRefusal.Reason.allCases.map(\.rawValue)),
            Chapter("Exit codes", ExitStatus.allCases.map { "\($0.rawValue)" }),
        ]

        init(_ title: String, _ codes: [String]) {
            self.title = title
            self.codes = codes
        }
    }

    @Test(arguments: Chapter.all)
    func `have a section for every code, and none for a code that is gone`(
        chapter: Chapter
    ) throws {
        let sections = try sectionsOfErrors()[chapter.title] ?? []
        #expect(sections.map(\.code).sorted() == chapter.codes.sorted())
    }

    @Test func `have no chapter of errors that the code knows nothing of`() throws {
        let titles = try sectionsOfErrors().keys.sorted()
        #expect(titles == Chapter.all.map(\.title).sorted())
    }

    @Test func `say of every code what to do`() throws {
        for sections in try sectionsOfErrors().values {
            for section in sections {
                #expect(section.text.contains("**Do:**"), "`\(section.code)`")
            }
        }
    }

    @Test func `show every key as the code has it`() throws {
        let remedy: Comment = "sluice schema --markdown > Sources/Gateway/Gateway.docc/Keys.md"
        #expect(try page("Keys") == PublishedSchema.reference, remedy)
    }

    @Test func `name files that are there`() throws {
        let files = FileManager.default
        let pages = try files.contentsOfDirectory(atPath: "\(Self.catalog)/Guides")
        #expect(!pages.isEmpty)
        for page in pages {
            let text = try self.page("Guides/\(page.prefix { $0 != "." })")
            for quoted in text.split(separator: "`").enumerated() where quoted.offset % 2 == 1 {
                let path = quoted.element.prefix { $0 != " " }
                let isOurs = ["Sources/", "Tests/", "Integration/"].contains { path.hasPrefix($0) }
                guard isOurs else { continue }
                #expect(files.fileExists(atPath: "\(Self.root)/\(path)"), "\(page): \(path)")
            }
        }
    }

    private struct Section {
        var code: String
        var text = ""
    }

    /// The sections `### \`code\`` of the page by the chapter `## title` that they stand in.
    private func sectionsOfErrors() throws -> [String: [Section]] {
        var found: [String: [Section]] = [:]
        var chapter = ""
        for line in try page("Guides/Errors").split(separator: "\n") {
            if line.hasPrefix("## ") {
                chapter = String(line.dropFirst(3))
                found[chapter] = []
            } else if line.hasPrefix("### ") {
                found[chapter, default: []].append(
                    Section(code: line.dropFirst(4).filter { $0 != "`" })
                )
            } else if let last = found[chapter]?.indices.last {
                found[chapter]?[last].text += line + "\n"
            }
        }
        return found
    }

    private func page(_ name: String) throws -> String {
        let file = URL(filePath: "\(Self.catalog)/\(name).md")
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    private static let root =
        "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    private static let catalog = root + "/Sources/Gateway/Gateway.docc"
}
