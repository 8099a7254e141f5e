// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Testing

@Suite struct ExplanationTests {
    private let environment = Environment(variables: [
        ("confidence", .double), ("threshold", .double), ("cloud.up", .bool),
        ("label", .string), ("values", .list(.int)), ("payload", .dyn),
    ])

    private func explained(
        _ source: String,
        _ fill: (Frame) -> Void = { _ in }
    ) throws -> Explanation {
        let program = try #require(environment.compile(source, expecting: nil).program)
        let frame = environment.makeFrame()
        fill(frame)
        return program.explain(frame)
    }

    @Test func `shows every value down to the variables`() throws {
        let whole = try explained("confidence >= threshold && cloud.up") { frame in
            frame.set(0, double: 0.93)
            frame.set(1, double: 0.88)
            frame.set(2, bool: false)
        }
        #expect(
            whole.description == """
                confidence >= threshold && cloud.up  false
                  confidence >= threshold            true
                    confidence                       0.93
                    threshold                        0.88
                  cloud.up                           false
                """
        )
    }

    @Test func `shows what was not evaluated`() throws {
        let whole = try explained("confidence > 0.5 && cloud.up") { $0.set(0, double: 0.1) }
        guard case .value(false) = whole.outcome, case .skipped = whole.children[1].outcome else {
            Issue.record("\(whole)")
            return
        }
        let chosen = try explained("confidence > 0.5 ? 1 : values[0]") { $0.set(0, double: 0.9) }
        #expect(chosen.children.map(\.text) == ["confidence > 0.5", "1", "values[0]"])
        guard case .skipped = chosen.children[2].outcome else {
            Issue.record("\(chosen)")
            return
        }
    }

    @Test func `shows errors, those that were absorbed too`() throws {
        let whole = try explained("cloud.up || confidence > 0.5") { $0.set(0, double: 0.9) }
        guard case .value(true) = whole.outcome,
            case .failed(let error) = whole.children[0].outcome
        else {
            Issue.record("\(whole)")
            return
        }
        #expect(error.code == .noValue)
        let failed = try explained("values[3] + values[0] == 2") { frame in
            frame.set(4, .list([1, 2]))
        }
        guard case .failed(let reason) = failed.outcome else {
            Issue.record("\(failed)")
            return
        }
        #expect(reason.code == .index)
        #expect(failed.description.contains("    values[0]               not evaluated"))
    }

    @Test func `shows the element that decided a macro`() throws {
        let fill = { (frame: Frame) in frame.set(4, .list([3, 5, 8, 13])) }
        let found = try explained("values.exists(x, x > 7)", fill)
        #expect(found.children[1].element == "  for x = 8")
        let refuted = try explained("values.all(i, v, v < 6)", fill)
        #expect(refuted.children[1].element == "  for i = 2, v = 8")
        let none = try explained("values.exists(x, x > 70)", fill)
        #expect(none.children[1].element == "  for x = 3")
        let failing = try explained("values.map(x, 10 / (x - 5))", fill)
        #expect(failing.children[1].element == "  for x = 3")
        let nested = try explained("values.all(x, values.exists(y, y == x + 2))", fill)
        #expect(nested.children[1].element == "  for x = 5")
        let nothing = try explained("values.all(x, x > 0)") { $0.set(4, .list([])) }
        guard case .skipped = nothing.children[1].outcome else {
            Issue.record("\(nothing)")
            return
        }
    }

    @Test func `agrees with the evaluation`() throws {
        let sources = [
            "confidence * 2.0 > threshold || label in ['a', 'b']",
            "payload.t > 21.0 && has(payload.u) && payload.tags.exists(t, t == 'hot')",
            "values.map(x, x * 2).filter(x, x > 4)", "{label: values}[label][1]",
            "label.matches('^w.*n$') ? string(confidence) : 'no'", "size(values) / 0",
            "values.transformMap(i, v, i + v)", "-values[0] + int(confidence)",
            "payload.missing == 1 || payload.t == 22.5", "type(payload.t) == double",
        ]
        for source in sources {
            let program = try #require(environment.compile(source, expecting: nil).program)
            let frame = environment.makeFrame()
            frame.set(0, double: 0.9)
            frame.set(1, double: 0.8)
            frame.set(3, "worn")
            frame.set(4, .list([2, 4]))
            frame.set(5, .map(ValueMap(fields: [("t", 22.5), ("tags", .list(["hot"]))])))
            let wanted = Result { try program.evaluate(frame) }
            let cost = frame.spent
            let whole = program.explain(frame)
            switch (wanted, whole.outcome) {
            case (.success(let value), .value(let shown)): #expect(value == shown, "\(source)")
            case (.failure(let error as EvaluationError), .failed(let shown)):
                #expect(error.code == shown.code && error.message == shown.message, "\(source)")
            default: Issue.record("\(source): \(wanted), \(whole)")
            }
            #expect(frame.spent == cost, "\(source)")
        }
    }

    @Test func `offers the tree to lints`() throws {
        let source = "confidence >= 1.0 + 0.5 && values.exists(x, x > 2)"
        let program = try #require(environment.compile(source).program)
        let tree = program.syntax
        guard case .and = tree.kind, case .call("_>=_") = tree.children[0].kind,
            case .variable(slot: 0, name: "confidence") = tree.children[0].children[0].kind,
            case .comprehension = tree.children[1].kind,
            case .local("x") = tree.children[1].children[1].children[0].kind
        else {
            Issue.record("\(tree)")
            return
        }
        #expect(tree.children[0].children[1].constantValue == 1.5)
        #expect(tree.children[0].children[1].text == "1.0 + 0.5")
        #expect(tree.children[0].children[0].constantValue == nil)
        #expect(tree.children[0].type == .bool)
        #expect(tree.range == 0..<source.count)
    }
}
