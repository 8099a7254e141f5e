// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Testing

/// The repetitions and depths that langdef's "Syntax" asks of every implementation, and more.
@Suite struct DepthTests {
    @Test(arguments: [
        ("(", "1", ")", 120), ("[", "1", "]", 33), ("int(", "1", ")", 33), ("!", "true", "", 33),
        ("-", "(1)", "", 33), ("{0: ", "0", "}", 24), ("true ? 1 : (", "2", ")", 33),
        ("false ? 1 : ", "2", "", 33), ("[1].all(x, ", "true", ")", 12),
    ])
    func `nests`(opening: String, core: String, closing: String, depth: Int) throws {
        let source =
            String(repeating: opening, count: depth) + core
            + String(repeating: closing, count: depth)
        _ = try evaluated(source)
    }

    @Test(arguments: [
        (" || ", "false"), (" && ", "true"), (" + ", "1"), (" * ", "1"), (" - ", "1"),
        (" + ", "'a'"), (" + ", "[0]"), (" == ", "true"),
    ])
    func `repeats`(between: String, operand: String) throws {
        _ = try evaluated(Array(repeating: operand, count: 100).joined(separator: between))
    }

    @Test func `selects and indexes in long chains`() throws {
        var map: Value = 1
        var list: Value = 1
        for _ in 0..<33 {
            map = .map(ValueMap(fields: [("a", map)]))
            list = .list([list])
        }
        let fields = "a" + String(repeating: ".a", count: 33)
        let indices = "a" + String(repeating: "[0]", count: 33)
        #expect(try evaluated(fields, with: ["a": map]) == 1)
        #expect(try evaluated(indices, with: ["a": list]) == 1)
        #expect(try evaluated("[1]" + String(repeating: ".map(x, x)", count: 33)) == .list([1]))
    }
}
