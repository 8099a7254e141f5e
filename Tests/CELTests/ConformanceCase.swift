// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Foundation

/// One row of the conformance file, in the form its README describes.
struct ConformanceCase {
    let id: String
    let section: String
    let expression: String
    let container: String
    let disablesCheck: Bool
    let bindings: [String: Value]
    let types: [(name: String, type: CELType)]
    /// Nil where an error is expected.
    let expected: Value?

    struct MalformedRow: Error {}

    init(line: Substring) throws {
        guard
            let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
            let id = row["id"] as? String, let file = row["file"] as? String,
            let section = row["section"] as? String, let expression = row["expr"] as? String,
            let bindings = row["bindings"] as? [String: [String: Any]],
            let environment = row["type_env"] as? [[String: String]],
            let expected = row["expect"] as? [String: Any]
        else { throw MalformedRow() }
        self.id = id
        self.section = "\(file)/\(section)"
        self.expression = expression
        container = row["container"] as? String ?? ""
        disablesCheck = row["disable_check"] as? Bool ?? false
        self.bindings = try bindings.mapValues(ConformanceCase.value)
        types = try environment.map { entry in
            guard let name = entry["name"], let text = entry["type"] else { throw MalformedRow() }
            return (name, try ConformanceCase.type(text))
        }
        let wanted = expected["value"] as? [String: Any]
        self.expected = try wanted.map(ConformanceCase.value)
    }

    private static func value(_ typed: [String: Any]) throws -> Value {
        let content = typed["v"]
        let text = content as? String
        switch typed["t"] as? String {
        case "null": return .null
        case "bool": return .bool(content as? Bool ?? false)
        case "int": return .int(try text.flatMap { Int64($0) }.orThrow())
        case "uint": return .uint(try text.flatMap { UInt64($0) }.orThrow())
        case "double": return .double(try text.flatMap { Double($0) }.orThrow())
        case "string": return .string(try text.orThrow())
        case "bytes": return .bytes(Array(try text.flatMap { Data(base64Encoded: $0) }.orThrow()))
        case "type": return .type(try text.orThrow())
        case "timestamp": return try evaluated("timestamp('\(try text.orThrow())')")
        case "duration": return try evaluated("duration('\(try text.orThrow())')")
        case "list": return .list(try (content as? [[String: Any]]).orThrow().map(value))
        case "map":
            let entries = try (content as? [[[String: Any]]]).orThrow()
            return .map(
                try ValueMap(
                    entries.map { ValueMap.Entry(key: try value($0[0]), value: try value($0[1])) }
                )
            )
        default: throw MalformedRow()
        }
    }

    private static func evaluated(_ source: String) throws -> Value {
        let environment = Environment(variables: [])
        let program = environment.compile(source, expecting: nil).program
        return try program.orThrow().evaluate(environment.makeFrame())
    }

    /// Reads `map(string, list(int))`.
    private static func type(_ text: String) throws -> CELType {
        if let inner = text.argument(of: "list") { return .list(try type(inner)) }
        if let inner = text.argument(of: "map"), let comma = inner.firstIndex(of: ",") {
            let value = inner[inner.index(after: comma)...].drop { $0 == " " }
            return .map(try type(String(inner[..<comma])), try type(String(value)))
        }
        let simple: [String: CELType] = [
            "dyn": .dyn, "null": .null, "null_type": .null, "bool": .bool, "int": .int,
            "uint": .uint, "double": .double, "string": .string, "bytes": .bytes, "type": .type,
            "timestamp": .timestamp, "duration": .duration,
        ]
        return try simple[text].orThrow()
    }
}

extension Optional {
    fileprivate func orThrow() throws -> Wrapped {
        guard let self else { throw ConformanceCase.MalformedRow() }
        return self
    }
}

extension String {
    fileprivate func argument(of name: String) -> String? {
        guard hasPrefix(name + "("), hasSuffix(")") else { return nil }
        return String(dropFirst(name.count + 1).dropLast())
    }
}
