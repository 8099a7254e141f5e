// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import Escalate

@Suite final class BearerFileTests {
    let path = "/tmp/sluice-bearer-\(UInt64.random(in: 0...UInt64.max))"

    deinit {
        unlink(path)
    }

    private func write(_ text: String) {
        let next = path + ".new"
        guard let file = fopen(next, "w") else { return }
        fputs(text, file)
        fclose(file)
        rename(next, path)
    }

    @Test func `reads the token without the space around it, and again when it changes`() throws {
        let file = BearerFile(path: path)
        write("  abc\n")
        #expect(try file.token() == "abc")
        #expect(try file.token() == "abc")
        write("xyz\n")
        #expect(try file.token() == "xyz")
    }

    @Test(arguments: ["", " \n", "two words", "line\nbreak", "caf\u{e9}"])
    func `refuses what is no token, without showing it`(text: String) {
        write(text)
        #expect(throws: BearerFile.Unreadable.self) { try BearerFile(path: path).token() }
    }

    @Test func `says which file is missing`() {
        let error = #expect(throws: BearerFile.Unreadable.self) {
            try BearerFile(path: "/nowhere/token").token()
        }
        #expect(error?.description == "`/nowhere/token`: No such file or directory")
    }
}
