// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Testing

@Suite struct FrameTests {
    private let environment = Environment(variables: [
        ("confidence", .double), ("threshold", .double), ("cloud.up", .bool),
        ("cloud.p95", .duration), ("payload", .dyn), ("cloud", .map(.string, .int)),
    ])

    private func program(_ source: String) throws -> Program {
        try #require(environment.compile(source).program)
    }

    @Test func `says which slots a program reads`() throws {
        let program = try program("cloud.up && confidence >= 0.5 && cloud.p95 < duration('1s')")
        #expect(program.variables == [0, 2, 3])
        #expect(program.resultType == .bool)
    }

    @Test func `takes the longest declared name`() throws {
        #expect(try program("cloud.up && cloud.calls > 3").variables == [2, 5])
    }

    @Test func `is filled again for every message`() throws {
        let program = try program("confidence >= threshold")
        let frame = environment.makeFrame()
        frame.set(1, double: 0.9)
        frame.set(0, double: 0.95)
        #expect(try program.holds(frame))
        frame.set(0, double: 0.5)
        #expect(try !program.holds(frame))
        frame.reset()
        #expect(throws: EvaluationError.self) { try program.holds(frame) }
    }

    @Test func `asks a lazy source once, and only when it is read`() throws {
        let program = try program("confidence > 0.5 && payload.a == 1.0 && payload.b == 2.0")
        let frame = environment.makeFrame()
        var asked = 0
        frame.setLazy(4) {
            asked += 1
            return .map(ValueMap(fields: [("a", 1.0), ("b", 2.0)]))
        }
        frame.set(0, double: 0.1)
        #expect(try !program.holds(frame))
        #expect(asked == 0)
        #expect(frame.known(4) == nil)
        frame.set(0, double: 0.9)
        #expect(try program.holds(frame))
        #expect(asked == 1)
    }

    @Test func `turns a failing source into an error of the expression`() throws {
        struct Broken: Error {}
        let frame = environment.makeFrame()
        frame.setLazy(4) { throw Broken() }
        #expect(throws: EvaluationError.self) { try program("payload.a == 1").holds(frame) }
        #expect(try program("payload.a == 1 || true").holds(frame))
    }

    @Test func `rejects a value of another type than declared`() throws {
        let frame = environment.makeFrame()
        frame.set(0, "high")
        #expect {
            try program("confidence > 0.5").holds(frame)
        } throws: { error in
            (error as? EvaluationError)?.message
                == "`confidence` is declared double but holds a string"
        }
    }

    @Test func `tells by has whether a dotted variable has a value`() throws {
        let program = try #require(
            Environment(variables: [("model.margin", .double)])
                .compile("has(model.margin) && model.margin > 0.1").program
        )
        let frame = Environment(variables: [("model.margin", .double)]).makeFrame()
        #expect(try !program.holds(frame))
        frame.set(0, double: 0.5)
        #expect(try program.holds(frame))
    }

    @Test func `belongs to environments of its size`() throws {
        let other = Environment(variables: []).makeFrame()
        #expect(throws: EvaluationError.self) { try program("true").holds(other) }
    }
}
