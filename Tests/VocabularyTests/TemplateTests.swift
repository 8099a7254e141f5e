// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@Suite struct TemplateTests {
    @Test func `fills its places`() throws {
        let template = try Template("alerts/{line}/{payload.serial-no}/{{x}}")
        let filled = template.filled { ["line": "4", "payload.serial-no": "A7"][$0] }
        #expect(filled == "alerts/4/A7/{x}")
    }

    @Test func `is not filled when a name has no value`() throws {
        #expect(try Template("{a}/{b}").filled { $0 == "a" ? "1" : nil } == nil)
    }

    @Test(arguments: [("a{b", 1), ("a}b", 1), ("a{}b", 1), ("{a b}", 0)])
    func `says where it is malformed`(source: String, offset: Int) throws {
        let malformed = try #require(throws: Template.Malformed.self) { try Template(source) }
        #expect(malformed.offset == offset)
    }
}
