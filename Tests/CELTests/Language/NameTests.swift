// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Testing

/// Names with dots, containers, and the variables of macros over them.
@Suite struct NameTests {
    private func value(
        _ source: String,
        _ variables: KeyValuePairs<String, Value>,
        container: String = "",
        checksTypes: Bool = true
    ) throws -> Value {
        let environment = Environment(
            variables: variables.map { ($0.key, .dyn) },
            container: container,
            checksTypes: checksTypes
        )
        let compilation = environment.compile(source, expecting: nil)
        let program = try #require(compilation.program, "\(compilation.problems)")
        let frame = environment.makeFrame()
        for (slot, variable) in variables.enumerated() {
            frame.set(slot, variable.value)
        }
        return try program.evaluate(frame)
    }

    private static func map(_ key: String, _ value: Value) -> Value {
        .map(ValueMap(fields: [(key, value)]))
    }

    @Test(arguments: [true, false])
    func `takes the longest declared name, then fields`(checksTypes: Bool) throws {
        let inner = NameTests.map("c", "field")
        let check = { (variables: KeyValuePairs<String, Value>) in
            try value("a.b.c", variables, checksTypes: checksTypes)
        }
        #expect(try check(["a.b.c": "name"]) == "name")
        #expect(try check(["a.b": inner]) == "field")
        #expect(try check(["a": NameTests.map("b", inner)]) == "field")
        #expect(try check(["a.b.c": "name", "a.b": inner]) == "name")
        #expect(try check(["a.b": inner, "a": NameTests.map("b", "other")]) == "field")
    }

    @Test func `looks in the container and in each around it`() throws {
        let check = { (source: String, variables: KeyValuePairs<String, Value>) in
            try value(source, variables, container: "com.example")
        }
        #expect(try check("y", ["com.example.y": 3, "com.y": 2, "y": 1]) == 3)
        #expect(try check("y", ["com.y": 2, "y": 1]) == 2)
        #expect(try check("y", ["y": 1]) == 1)
        #expect(try check(".y", ["com.example.y": 3, "com.y": 2, "y": 1]) == 1)
        #expect(try check("example.y", ["com.example.y": 3]) == 3)
        #expect(
            try check("y.z", ["com.example.y.z": 3, "y": NameTests.map("z", 1)]) == 3
        )
    }

    @Test func `lets a macro's variable hide all others`() throws {
        let check = { (source: String, variables: KeyValuePairs<String, Value>) in
            try value(source, variables, container: "com.example")
        }
        #expect(try check("[0].exists(y, y == 0)", ["com.example.y": 42]) == true)
        #expect(try check("[{'z': 0}].exists(y, y.z == 0)", ["com.example.y.z": 42]) == true)
        #expect(try check("[0].exists(y, .y == 42)", ["y": 42]) == true)
        #expect(try check("[0].exists(y, com.example.y == 42)", ["com.example.y": 42]) == true)
        #expect(try check("[1].map(x, [x + 1].map(x, x))[0][0]", ["x": 9]) == 2)
        #expect(try check("[1].map(x, x)[0] + x", ["x": 9]) == 10)
        #expect(try check("[1].map(x, x + 1).map(y, [x, y])[0]", ["x": 9]) == .list([9, 2]))
    }

    @Test func `lets a variable hide a type, and a literal hide a variable`() throws {
        #expect(try value("int", ["int": 1]) == 1)
        #expect(try value("int(2u)", ["int": 1]) == 2)
        #expect(try value("true", ["true": false]) == true)
        #expect(try value("type(1) == int", ["x": 1]) == true)
    }
}
