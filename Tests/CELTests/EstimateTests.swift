// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Testing

@Suite struct EstimateTests {
    private let environment = Environment(variables: [
        ("d", .double), ("s", .string), ("ints", .list(.int)), ("m", .map(.string, .double)),
        ("any", .dyn), ("b", .bytes),
    ])

    private func estimate(_ source: String) throws -> CostEstimate {
        try #require(environment.compile(source, expecting: nil).program).estimate
    }

    @Test func `finds conditions on scalars free`() throws {
        for source in [
            "d >= 0.5 && d < 1.0", "s == 'fault'", "any.t > 21.5", "m.a + 1.0 > d",
            "int(d) + 3 == 5", "has(any.x)",
        ] {
            #expect(try estimate(source) == CostEstimate.free, "\(source)")
        }
    }

    @Test func `bounds what runs over literals`() throws {
        // Two rounds of three nodes each, at most.
        #expect(try estimate("[1, 2].exists(x, d > 3.0)").maximum == 10)
        #expect(try estimate("[1, 2].exists(x, d > 3.0)").minimum == 5)
        #expect(try estimate("[1, 2].map(x, x + 1)").minimum == 10)
        #expect(try estimate("s in ['a', 'b']").maximum == 3)
        #expect(try estimate("s.startsWith('sensor/')").isBounded)
    }

    @Test func `has no bound for data of unknown size`() throws {
        for source in [
            "ints.all(i, i > 0)", "s.contains('x')", "s.matches('^a+$')", "any == any",
            "size(s) > 3", "s in any", "string(b) == s",
        ] {
            #expect(try !estimate(source).isBounded, "\(source)")
        }
    }

    @Test func `holds for what the meter counts`() throws {
        var generator = SplitMix(state: 7)
        let frame = environment.makeFrame()
        var evaluated = 0
        for _ in 0..<3_000 {
            let source = EstimateTests.expression(depth: 4, &generator)
            guard let program = environment.compile(source, expecting: nil).program else {
                continue
            }
            let count = Int.random(in: 0...12, using: &generator)
            let length = Int.random(in: 0...200, using: &generator)
            let text = Value.string(String(repeating: "ab", count: length))
            frame.set(0, double: Double.random(in: 0...1, using: &generator))
            frame.set(1, text)
            frame.set(2, .list((0..<count).map { .int(Int64($0)) }))
            frame.set(3, .map(ValueMap(fields: [("a", 1.5), ("bcd", 2.5)])))
            frame.set(4, .list([text, .list([1, text]), .null]))
            frame.set(5, .bytes(Array(repeating: 65, count: length)))
            let didFail = (try? program.evaluate(frame)) == nil
            if !didFail { evaluated += 1 }
            #expect(didFail || frame.spent >= program.estimate.minimum, "\(source)")
            #expect(frame.spent <= program.estimate.maximum ?? Int.max, "\(source)")
        }
        #expect(evaluated > 500)
    }

    /// An expression over the environment, of any type.
    private static func expression(depth: Int, _ generator: inout SplitMix) -> String {
        let leaves = [
            "d", "s", "ints", "m", "any", "b", "x", "'a text that is longer than sixteen'", "3",
            "0.5", "true", "[1, 2, 3]", "{'k': 'v'}", "m.a", "null",
        ]
        guard depth > 0, Int.random(in: 0..<5, using: &generator) > 0 else {
            return leaves.randomElement(using: &generator) ?? "d"
        }
        var inner: [String] = []
        for _ in 0..<3 {
            inner.append(expression(depth: depth - 1, &generator))
        }
        let forms = [
            "(# == #)", "(# + #)", "(# < #)", "(# && #)", "(# || #)", "(# ? # : #)", "[#, #]",
            "{'k': #, 'l': #}", "(# in #)", "dyn(#).exists(x, #)", "dyn(#).all(x, #)",
            "dyn(#).map(x, #)", "dyn(#).filter(x, #)", "ints.map(x, #)", "ints.all(x, #)",
            "dyn(#).transformMap(x, y, #)", "[#, #].map(x, #)", "size(#)", "string(#)",
            "dyn(#).contains(#)", "dyn(#).startsWith(#)", "dyn(#).matches('a+b')", "(#)[#]",
            "bytes(#)", "type(#)", "[#, #, #].exists_one(x, #)", "(dyn(#) != #)", "dyn(#)[#]",
        ]
        var result = ""
        for character in forms.randomElement(using: &generator) ?? "#" {
            if character == "#" {
                result += inner.popLast() ?? "d"
            } else {
                result.append(character)
            }
        }
        return result
    }
}

extension CostEstimate {
    fileprivate static var free: CostEstimate? {
        Environment(variables: []).compile("true").program?.estimate
    }
}
