// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Decode
import Vocabulary

/// A condition on decisions as they happen, in the policies' language.
struct TapFilter {
    /// What a line of the decision log offers to it; what a line has not is an error, and does not hold.
    static let variables: [(name: String, type: CELType)] = [
        ("decision_id", .string), ("revision", .int), ("policy", .string),
        ("policy_version", .string), ("device", .string), ("sequence", .int),
        ("time", .timestamp), ("rule", .string), ("route", .string), ("fallback", .string),
        ("standing", .string), ("label", .string), ("confidence", .double), ("score", .double),
        ("model", .string), ("endpoint", .string), ("latency_ms", .double),
        ("answer", .map(.string, .dyn)), ("finding", .map(.string, .dyn)),
        ("observed", .map(.string, .dyn)), ("decision", .map(.string, .dyn)),
    ]

    /// Why a source is no filter.
    struct Refusal: Error {
        var problems: [Problem]
    }

    private let environment: Environment
    private let program: Program

    init(_ source: String) throws(Refusal) {
        let environment = Environment(variables: Self.variables, zones: .system)
        let compilation = environment.compile(source, expecting: .bool)
        guard let program = compilation.program else {
            throw Refusal(problems: compilation.problems)
        }
        self.environment = environment
        self.program = program
    }

    /// True where the condition holds for a line of the log.
    func admits(_ line: JSONValue) -> Bool {
        guard case .object(let members) = line else { return false }
        let frame = environment.makeFrame()
        for slot in program.variables {
            let (name, type) = Self.variables[slot]
            let json = name == "decision" ? line : members[name]
            if let json, let value = Self.value(json, type) { frame.set(slot, value) }
        }
        return (try? program.holds(frame)) ?? false
    }

    private static func value(_ json: JSONValue, _ type: CELType) -> Value? {
        switch (json, type) {
        case (.null, .dyn): return .null
        case (.bool(let flag), .dyn): return .bool(flag)
        case (.number(let number), .int): return Int64(exactly: number).map(Value.int)
        case (.number(let number), .double), (.number(let number), .dyn): return .double(number)
        case (.string(let text), .timestamp): return try? Value.string(text).converted(to: type)
        case (.string(let text), .string), (.string(let text), .dyn): return .string(text)
        case (.array(let elements), .dyn):
            return .list(elements.compactMap { value($0, .dyn) })
        case (.object(let members), .dyn), (.object(let members), .map):
            let entries = members.sorted { $0.key < $1.key }.compactMap { key, member in
                value(member, .dyn).map { ValueMap.Entry(key: .string(key), value: $0) }
            }
            return (try? ValueMap(entries)).map { .map($0) }
        default: return nil
        }
    }
}
