// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Decode
import FoundationEssentials

/// The variables of one `sluice eval`, read from JSON and from `--type`.
struct EvalBindings {
    /// Why the variables cannot be used.
    struct Refusal: Error {
        let message: String
    }

    private struct Binding {
        let name: String
        let type: CELType
        /// Nil where only the type is known.
        let value: Value?
    }

    private var bindings: [Binding] = []

    /// The names and types in slot order.
    var declared: [(name: String, type: CELType)] { bindings.map { ($0.name, $0.type) } }

    init(json: String, types: [String]) throws(Refusal) {
        guard case .object(let members) = try EvalBindings.parsed(json) else {
            throw Refusal(message: "--with wants a JSON object, such as '{\"confidence\": 0.93}'.")
        }
        var wanted: [String: CELType] = [:]
        for text in types {
            let (name, type) = try EvalBindings.declaration(text)
            wanted[name] = type
        }
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            let type = wanted[name] ?? EvalBindings.type(of: member)
            let value = try EvalBindings.value(member, type, name)
            bindings.append(Binding(name: name, type: type, value: value))
        }
        // A typed name may also lead into an object: cloud.p95=duration.
        let others = wanted.filter { members[$0.key] == nil }
        for (name, type) in others.sorted(by: { $0.key < $1.key }) {
            let steps = name.split(separator: ".").map(String.init)
            let member = steps.reduce(JSONValue.object(members)) { whole, step in
                if case .object(let inner) = whole { inner[step] ?? .null } else { .null }
            }
            let value = member == .null ? nil : try EvalBindings.value(member, type, name)
            bindings.append(Binding(name: name, type: type, value: value))
        }
    }

    /// Fills the slots of a frame for these variables.
    func fill(_ frame: Frame) {
        for (slot, binding) in bindings.enumerated() {
            if let value = binding.value { frame.set(slot, value) }
        }
    }

    private static func parsed(_ json: String) throws(Refusal) -> JSONValue {
        do throws(DecodeError) {
            return try JSONValue(bytes: Array(json.utf8))
        } catch {
            throw Refusal(message: "--with is no JSON that can be read: \(error.message).")
        }
    }

    private static func declaration(_ text: String) throws(Refusal) -> (String, CELType) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else {
            throw Refusal(message: "--type wants NAME=TYPE, such as n=int; found \(text).")
        }
        guard let type = CELType(parts[1]) else {
            throw Refusal(
                message: "\(parts[1]) is no type; there are int, uint, double, bool, string, "
                    + "bytes, timestamp, duration, list(…), map(…, …) and dyn."
            )
        }
        return (parts[0], type)
    }

    private static func type(of json: JSONValue) -> CELType {
        switch json {
        case .null: .dyn
        case .bool: .bool
        case .number: .double
        case .string: .string
        case .array: .list(.dyn)
        case .object: .map(.string, .dyn)
        }
    }

    /// The JSON value as a CEL value of the type.
    private static func value(
        _ json: JSONValue,
        _ type: CELType,
        _ name: String
    ) throws(Refusal) -> Value {
        switch (json, type) {
        case (.null, _): return .null
        case (.array(let elements), .list(let element)):
            var values: [Value] = []
            for json in elements {
                values.append(try value(json, element, name))
            }
            return .list(values)
        case (.array, .dyn): return try value(json, .list(.dyn), name)
        case (.object(let members), .map(let keyType, let valueType)):
            var entries: [ValueMap.Entry] = []
            for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                let key = try value(.string(key), keyType == .dyn ? .string : keyType, name)
                entries.append(.init(key: key, value: try value(member, valueType, name)))
            }
            guard let map = try? ValueMap(entries) else { break }
            return .map(map)
        case (.object, .dyn): return try value(json, .map(.string, .dyn), name)
        default:
            if let scalar = scalar(json, type) { return scalar }
        }
        throw Refusal(message: "The value of \(name) is no \(type).")
    }

    private static func scalar(_ json: JSONValue, _ type: CELType) -> Value? {
        switch (json, type) {
        case (.bool(let flag), .bool), (.bool(let flag), .dyn): return .bool(flag)
        case (.string(let text), .string), (.string(let text), .dyn): return .string(text)
        case (.number(let number), .double), (.number(let number), .dyn): return .double(number)
        case (.number(let number), .int): return Int64(exactly: number).map(Value.int)
        case (.number(let number), .uint): return UInt64(exactly: number).map(Value.uint)
        case (.string(let text), .bytes):
            return Data(base64Encoded: text).map { .bytes(Array($0)) }
        case (.string(let text), .int), (.string(let text), .uint), (.string(let text), .double),
            (.string(let text), .bool), (.string(let text), .timestamp),
            (.string(let text), .duration):
            return try? Value.string(text).converted(to: type)
        default: return nil
        }
    }
}

extension JSONValue {
    /// Reads JSON that a person or a test suite wrote: longer and deeper than a sensor's payload.
    init(bytes: [UInt8]) throws(DecodeError) {
        let limits = DecodeLimits(payloadBytes: 1 << 26, depth: 256, treeValues: 1 << 22)
        self = try bytes.withUnsafeBufferPointer { buffer throws(DecodeError) in
            try JSONValue(parsing: UnsafeRawBufferPointer(buffer), limits: limits)
        }
    }
}
