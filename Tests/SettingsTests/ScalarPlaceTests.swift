// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Testing
import Vocabulary

@Suite struct `Places inside scalars` {
    /// Where the `?` of the value under `key` is found, as `line:column`.
    private func mark(_ text: String) throws -> String {
        let (file, problems) = SettingsFile.parse(Array(text.utf8), shownAs: "test.yaml")
        let node = try #require(file?.root.node("when"), "\(problems)")
        let value = try #require(node.text)
        let offset = try #require(Array(value).firstIndex(of: "?"))
        let place = node.place(at: offset, length: 2)
        return "\(place.line):\(place.column)+\(place.length)"
    }

    @Test func `plain scalars`() throws {
        #expect(try mark("when: abc ?? d") == "1:11+2")
        #expect(try mark("when: abc\n  def\n\n  x ?? y") == "4:5+2")
        #expect(try mark("{ é: 1, when: é ?? d }") == "1:17+2")
    }

    @Test func `quoted scalars`() throws {
        #expect(try mark("when: 'it''s ?? d'") == "1:14+2")
        #expect(try mark("when: \"a\\\"b\\u0041 ?? d\"") == "1:19+2")
        #expect(try mark("when: \"a \\\n   b ?? d\"") == "2:6+2")
        #expect(try mark("when: 'a\n   b ?? d'") == "2:6+2")
    }

    @Test func `block scalars`() throws {
        #expect(try mark("when: |\n  a\n    b ?? c\n") == "3:7+2")
        #expect(try mark("when: >\n  a\n  b ?? c\n") == "3:5+2")
        #expect(try mark("when: >-\n  a\n\n  b ?? c\n") == "4:5+2")
        #expect(try mark("when: |  # why\n\n  b ?? c\n") == "3:5+2")
    }

    @Test func `tags and anchors before a scalar are passed`() throws {
        #expect(try mark("when: &x abc ?? d") == "1:14+2")
        #expect(try mark("when: !!str 'a ?? d'") == "1:16+2")
    }

    @Test func `inside flow mappings`() throws {
        #expect(try mark("{ other: 1, when: a ?? b }") == "1:21+2")
    }

    @Test func `a stretch over a line's end is cut there`() throws {
        let text = "when: a\n  b"
        let (file, _) = SettingsFile.parse(Array(text.utf8), shownAs: "test.yaml")
        let place = try #require(file?.root.node("when")).place(at: 0, length: 3)
        #expect(place == SettingsPlace(line: 1, column: 7, length: 1))
    }

    @Test func `what cannot be followed falls back to the beginning`() throws {
        #expect(try mark("when: |1\n   a ?? b\n") == "1:7+1")
    }
}
