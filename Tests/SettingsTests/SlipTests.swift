// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Settings
import Testing
import Vocabulary

@Suite struct `A slip in a key` {
    private func problems(_ text: String) -> [String] {
        let (file, _) = SettingsFile.parse(Array(text.utf8), shownAs: "f")
        guard let root = file?.root else { return ["no file"] }
        _ = root.children("inputs", isRequired: true)
        _ = root.required("name", .string)
        root.finish()
        return file?.diagnostics.map { $0.rendered() } ?? []
    }

    @Test func `is one problem, not two`() {
        #expect(
            problems("inputz: []\nname: x") == [
                "f:1:1: error: unknown key `inputz`; did you mean `inputs`?"
            ]
        )
    }

    @Test func `that is like nothing leaves the missing key missing`() {
        #expect(
            problems("colour: []\nname: x") == [
                "f:1:1: error: `inputs` is missing; it wants a list",
                "f:1:1: error: unknown key `colour`; known here: `inputs`, `name`",
            ]
        )
    }
}

@Suite struct `A secret that cannot be one` {
    private func problems(_ text: String) throws -> [String] {
        let path = try temporaryFile(text, mode: 0o600)
        defer { unlink(path) }
        return findings(in: "token_file: \(path)") { _ = $0.secret("token") }
            .map {
                $0.split(separator: path, omittingEmptySubsequences: false).joined(
                    separator: "PATH"
                )
            }
            .map { String($0.drop { $0 != " " }.dropFirst()) }
    }

    @Test func `because it is empty`() throws {
        #expect(
            try problems("\n") == [
                "error: the secret file `PATH` is empty; a secret is one line of text"
            ]
        )
    }

    @Test(arguments: ["a\nb", "a\rb\n", "a\0b"])
    func `because it holds what no header may`(text: String) throws {
        #expect(
            try problems(text) == [
                "error: the secret file `PATH` holds a line break or a NUL; a secret is "
                    + "one line of text"
            ]
        )
    }

    @Test func `and one that can`() throws {
        #expect(try problems("s3cret\n").isEmpty)
    }
}
