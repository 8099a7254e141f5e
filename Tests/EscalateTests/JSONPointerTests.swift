// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Escalate

@Suite struct JSONPointerTests {
    /// The document of RFC 6901 section 5.
    private let document = """
        {"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\\\j": 5,
         "k\\"l": 6, " ": 7, "m~n": 8}
        """

    @Test(arguments: [
        ("/foo/0", ReplyJSON.text("bar")), ("/", .integer(0)), ("/a~1b", .integer(1)),
        ("/c%d", .integer(2)), ("/e^f", .integer(3)), ("/g|h", .integer(4)), ("/i\\j", .integer(5)),
        ("/k\"l", .integer(6)), ("/ ", .integer(7)), ("/m~0n", .integer(8)),
    ])
    func `finds what the RFC finds`(text: String, value: ReplyJSON) throws {
        let document = try ReplyJSON(parsing: Array(document.utf8))
        let pointer = try JSONPointer(text)
        #expect(document.value(at: pointer) == value)
        #expect(pointer.description == text)
    }

    @Test func `an empty pointer is the whole value`() throws {
        let document = try ReplyJSON(parsing: Array(document.utf8))
        #expect(document.value(at: try JSONPointer("")) == document)
    }

    @Test(arguments: [
        "/foo/2", "/foo/-", "/foo/01", "/foo/+1", "/foo/-1", "/nope", "/foo/0/x", "/ /x",
    ])
    func `finds nothing where nothing is`(text: String) throws {
        let document = try ReplyJSON(parsing: Array(document.utf8))
        #expect(document.value(at: try JSONPointer(text)) == nil)
    }

    @Test func `an accent behind a slash belongs to the next step`() throws {
        let pointer = try JSONPointer("/a/\u{301}b/~1\u{301}")
        #expect(pointer.steps == ["a", "\u{301}b", "/\u{301}"])
        #expect(Array(pointer.description.utf8) == Array("/a/\u{301}b/~1\u{301}".utf8))
    }

    @Test(arguments: ["foo", "a/b", "/~", "/~2", "/a~", "#/foo", "/~\u{301}", "\u{301}/a"])
    func `refuses what is no pointer`(text: String) {
        #expect(throws: JSONPointer.Malformed.self) { try JSONPointer(text) }
    }
}
