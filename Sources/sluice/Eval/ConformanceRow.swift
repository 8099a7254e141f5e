// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Decode
import FoundationEssentials
import Vocabulary

/// One row of a conformance file: an expression with its variables, and what it gives here.
///
/// Values are typed: `{"t": "int", "v": "42"}`. Whole numbers and doubles are text, bytes are base64,
/// maps are arrays of pairs.
struct ConformanceRow {
    private struct Unreadable: Error {
        let reason: String
    }

    private let expression: String
    private let environment: Environment
    private let bindings: [(name: String, value: Value)]

    /// The line that answers a line of the file; never fails.
    static func answer(_ line: LineSource.Line, number: Int) -> String {
        var id = "line \(number)"
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        do {
            guard case .text(let bytes) = line else {
                throw Unreadable(reason: "the line is longer than \(LineSource.longest) bytes")
            }
            let json = try JSONValue(bytes: bytes)
            if case .string(let name)? = json.member("id") { id = name }
            writer.member("id", id)
            let value = try ConformanceRow(json).evaluated()
            writer.key("value")
            writer.typed(value)
        } catch {
            writer.reset()
            writer.beginObject()
            writer.member("id", id)
            writer.member("error", reason(error))
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as Unreadable: error.reason
        case let error as EvaluationError: error.explained
        case let error as Problem: error.message
        case let error as DecodeError: "the row cannot be read: \(error.message)"
        default: "\(error)"
        }
    }

    private init(_ row: JSONValue) throws {
        guard case .string(let expression)? = row.member("expr") else {
            throw Unreadable(reason: "the row has no `expr`")
        }
        self.expression = expression
        var container = ""
        if case .string(let name)? = row.member("container") { container = name }
        var isChecked = true
        if case .bool(let isDisabled)? = row.member("disable_check") { isChecked = !isDisabled }
        var bindings: [(name: String, value: Value)] = []
        if case .object(let members)? = row.member("bindings") {
            for (name, json) in members.sorted(by: { $0.key < $1.key }) {
                bindings.append((name, try ConformanceRow.value(json)))
            }
        }
        self.bindings = bindings
        var variables: [(name: String, type: CELType)] = []
        if case .array(let entries)? = row.member("type_env") {
            for entry in entries {
                guard case .string(let name)? = entry.member("name"),
                    case .string(let type)? = entry.member("type")
                else { throw Unreadable(reason: "an entry of `type_env` has no name or no type") }
                // Types that are left out are checked when they run, as far as they can.
                variables.append((name, CELType(type) ?? .dyn))
            }
        }
        for (name, _) in bindings where !variables.contains(where: { $0.name == name }) {
            variables.append((name, .dyn))
        }
        environment = Environment(
            variables: variables,
            container: container,
            zones: .system,
            checksTypes: isChecked
        )
    }

    private func evaluated() throws -> Value {
        let compilation = environment.compile(expression, expecting: nil)
        guard let program = compilation.program else {
            throw compilation.problems.first ?? Problem(offset: 0, length: 0, message: "no program")
        }
        let frame = environment.makeFrame()
        for (name, value) in bindings {
            if let slot = environment.slot(of: name) { frame.set(slot, value) }
        }
        let value = try program.evaluate(frame)
        guard !value.isTooLarge else { throw Unreadable(reason: "the value is too large to show") }
        return value
    }

    private static func value(_ json: JSONValue) throws -> Value {
        guard case .string(let type)? = json.member("t") else {
            throw Unreadable(reason: "a value has no type `t`")
        }
        let content = json.member("v")
        switch (type, content) {
        case ("null", _): return .null
        case ("bool", .bool(let flag)?): return .bool(flag)
        case ("string", .string(let text)?): return .string(text)
        case ("type", .string(let text)?): return .type(text)
        case ("bytes", .string(let text)?):
            guard let bytes = Data(base64Encoded: text) else { break }
            return .bytes(Array(bytes))
        case ("int", .string(let text)?), ("uint", .string(let text)?),
            ("double", .string(let text)?), ("timestamp", .string(let text)?),
            ("duration", .string(let text)?):
            guard let type = CELType(type) else { break }
            return try Value.string(text).converted(to: type)
        case ("list", .array(let elements)?): return .list(try elements.map(value))
        case ("map", .array(let pairs)?):
            return .map(
                try ValueMap(
                    pairs.map { pair in
                        guard case .array(let pair) = pair, pair.count == 2 else {
                            throw Unreadable(reason: "a map's entry is no pair")
                        }
                        return .init(key: try value(pair[0]), value: try value(pair[1]))
                    }
                )
            )
        default: break
        }
        throw Unreadable(reason: "a value of type `\(type)` cannot be read")
    }
}

extension JSONValue {
    fileprivate func member(_ name: String) -> JSONValue? {
        if case .object(let members) = self { members[name] } else { nil }
    }
}

extension JSONWriter {
    /// Writes a value in the typed form.
    fileprivate mutating func typed(_ value: Value) {
        beginObject()
        switch value {
        case .null: member("t", "null")
        case .bool(let flag):
            member("t", "bool")
            member("v", flag)
        case .int(let number): typed("int", number.description)
        case .uint(let number): typed("uint", number.description)
        case .double(let number): typed("double", Self.text(number))
        case .string(let text): typed("string", text)
        case .bytes(let bytes): typed("bytes", Data(bytes).base64EncodedString())
        case .timestamp(let instant): typed("timestamp", instant.description)
        case .duration: typed("duration", value.text ?? "")
        case .type(let name): typed("type", name)
        case .list(let values):
            member("t", "list")
            key("v")
            beginArray()
            for value in values {
                typed(value)
            }
            endArray()
        case .map(let map):
            member("t", "map")
            key("v")
            beginArray()
            for entry in map.entries {
                beginArray()
                typed(entry.key)
                typed(entry.value)
                endArray()
            }
            endArray()
        }
        endObject()
    }

    private mutating func typed(_ type: String, _ text: String) {
        member("t", type)
        member("v", text)
    }

    private static func text(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return number.description
    }
}

extension Value {
    /// CEL's `string()` of the value, or nil.
    fileprivate var text: String? {
        if case .string(let text)? = try? converted(to: .string) { text } else { nil }
    }
}
