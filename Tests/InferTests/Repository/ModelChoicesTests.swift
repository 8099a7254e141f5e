// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing
import Vocabulary

@testable import Infer

@Suite struct `The file of choices` {
    @Test func `is read as it was written`() throws {
        let repository = try TemporaryRepository()
        let path = repository.path + "/choices"
        #expect(ModelChoices.read(path: path) == (ModelChoices(), []))
        var choices = ModelChoices()
        choices.byModel["bearing-wear"] = ModelChoice(
            over: "version 3, canary 4",
            version: 4,
            previous: 3,
            refused: [9, 2, 9],
            time: "2026-01-01T00:00:00Z",
            author: .canary,
            reason: "it \"kept\" its limits:\n# all of them"
        )
        choices.byModel["0x1"] = ModelChoice(
            over: "version latest",
            time: "t",
            author: .command,
            reason: "r"
        )
        for other in [choices, ModelChoices(), choices] {
            try other.write(path: path)
            let (read, diagnostics) = ModelChoices.read(path: path)
            #expect(diagnostics == [])
            #expect(read == other)
        }
        #expect(choices.byModel["bearing-wear"]?.refused == [2, 9])
        #expect(!FileManager.default.fileExists(atPath: path + ".new"))
    }

    @Test(arguments: [
        "format: 2\nmodels: {}", "format: 1\nmodels: { a: { version: 0 } }", "", "}",
        "format: 1\nmodels: { a: { over: x, time: t, by: nobody, reason: r } }",
    ])
    func `is refused where it is damaged`(text: String) throws {
        let repository = try TemporaryRepository()
        let path = repository.path + "/choices"
        try Data(text.utf8).write(to: URL(filePath: path))
        let (read, diagnostics) = ModelChoices.read(path: path)
        #expect(read == nil)
        #expect(diagnostics.contains { $0.severity == .error })
    }

    @Test func `says where it cannot be written`() {
        let error = #expect(throws: ModelChoices.Unwritable.self) {
            try ModelChoices().write(path: "/nowhere/at/all")
        }
        #expect(error?.message.contains("/nowhere/at/all") == true)
    }
}

private func == (
    left: (ModelChoices?, [Diagnostic]),
    right: (ModelChoices?, [Diagnostic])
) -> Bool {
    left.0 == right.0 && left.1 == right.1
}
