// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Testing

@testable import Settings

@Suite struct SecretMemoryTests {
    private let path =
        FileManager.default.temporaryDirectory.path + "/secret-\(UInt64.random(in: 0...(.max)))"
    private let memory = SecretMemory()

    private func write(_ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    private func text() throws -> String {
        String(decoding: try memory.bytes(path: path, limit: 100), as: UTF8.self)
    }

    @Test func `a file that changes is read again, replaced or written in place`() throws {
        try write("one")
        defer { unlink(path) }
        #expect(memory.look(at: path) == .same)
        #expect(try text() == "one")
        #expect(memory.look(at: path) == .same)
        try write("two")
        #expect(memory.look(at: path) == .changed)
        #expect(memory.look(at: path) == .same)
        #expect(try text() == "two")
        try Data("three".utf8).write(to: URL(filePath: path))
        #expect(try text() == "three")
        // Touched and the same: nothing is new.
        try write("three")
        #expect(memory.look(at: path) == .same)
    }

    @Test func `a file that is gone, empty or too long leaves what it held in force`() throws {
        try write("one")
        defer { unlink(path) }
        #expect(try text() == "one")
        unlink(path)
        #expect(try text() == "one")
        #expect(memory.trouble(of: path) == "there is no such file")
        #expect(memory.look(at: path) == .unusable("there is no such file"))
        try write("")
        #expect(try text() == "one")
        #expect(memory.trouble(of: path) == "the file is empty")
        try write(String(repeating: "x", count: 101))
        #expect(try text() == "one")
        #expect(memory.trouble(of: path) != nil)
        try write("two")
        #expect(try text() == "two")
        #expect(memory.trouble(of: path) == nil)
    }

    @Test func `one that came back as it was is no trouble any more`() throws {
        try write("one")
        defer { unlink(path) }
        #expect(try text() == "one")
        let aside = path + ".aside"
        #expect(rename(path, aside) == 0)
        #expect(memory.look(at: path) == .unusable("there is no such file"))
        #expect(rename(aside, path) == 0)
        #expect(memory.look(at: path) == .same)
        #expect(memory.trouble(of: path) == nil)
    }

    @Test func `a file that could never be read is an error`() {
        #expect(throws: BoundedFile.Failure.self) { try text() }
        #expect(memory.look(at: path) == .same)
    }
}
