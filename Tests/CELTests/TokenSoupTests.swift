// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Testing

/// Sources nobody would write, from a seeded generator.
@Suite struct TokenSoupTests {
    private static let words = [
        "a", "b.c", "b.d", "x", "1", "2u", "3.5", "'t'", "b'\\xff'", "true", "null", "(", ")", "[",
        "]", "{", "}", ",", ":", "?", ".", "+", "-", "*", "/", "%", "!", "&&", "||", "==", "<",
        ">=",
        "in", "has(", ".map(x,", ".all(x,", ".exists(x, y,", ".filter(x,", "size(", ".size()",
        "duration('1s')", "timestamp(0)", ".matches(", ".getHours(", "int(", "string(", "type(",
        "dyn(", "`q`", "\"", "'", "\\", "0x", "//", "\n", "é", "\u{0}", "9223372036854775808",
    ]

    @Test(arguments: [true, false])
    func `neither crashes nor points outside the source`(checksTypes: Bool) throws {
        let environment = Environment(
            variables: [("a", .int), ("b.c", .double), ("b.d", .list(.dyn)), ("m", .dyn)],
            checksTypes: checksTypes
        )
        let frame = environment.makeFrame()
        frame.costLimit = 2_000
        frame.set(0, 7)
        frame.set(1, 0.5)
        frame.set(2, .list([1, "t", .null]))
        var generator = SplitMix(state: checksTypes ? 1 : 2)
        var programs = 0
        for _ in 0..<4_000 {
            let count = Int.random(in: 1...14, using: &generator)
            var source = ""
            for _ in 0..<count {
                source += try #require(TokenSoupTests.words.randomElement(using: &generator))
                if Bool.random(using: &generator) { source += " " }
            }
            let compilation = environment.compile(source, expecting: nil)
            let length = source.unicodeScalars.count
            for problem in compilation.problems {
                #expect(problem.offset >= 0 && problem.offset + problem.length <= length)
            }
            #expect((compilation.program == nil) != compilation.problems.isEmpty)
            if let program = compilation.program {
                programs += 1
                _ = try? program.evaluate(frame)
            }
        }
        #expect(programs > 50)
    }
}
