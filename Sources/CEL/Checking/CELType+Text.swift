// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension CELType {
    /// Reads a type as CEL writes it, such as `map(string, list(int))`; nil where it is none of ours.
    ///
    /// `list` and `map` alone hold anything; `google.protobuf.Timestamp` and `Duration` are known by
    /// their long names too.
    public init?(_ text: String) {
        self.init(text, depth: 0)
    }

    private static let names: [String: CELType] = [
        "dyn": .dyn, "null": .null, "null_type": .null, "bool": .bool, "int": .int,
        "uint": .uint, "double": .double, "string": .string, "bytes": .bytes, "type": .type,
        "timestamp": .timestamp, Value.timestampTypeName: .timestamp,
        "duration": .duration, Value.durationTypeName: .duration,
        "list": .list(.dyn), "map": .map(.dyn, .dyn),
    ]

    private init?(_ text: String, depth: Int) {
        let text = text.filter { $0 != " " }
        if let known = CELType.names[text] {
            self = known
            return
        }
        guard depth < 32, text.hasSuffix(")"), let opening = text.firstIndex(of: "(") else {
            return nil
        }
        let arguments = CELType.arguments(text[text.index(after: opening)...].dropLast())
            .map { CELType($0, depth: depth + 1) }
        switch (text[..<opening], arguments.first, arguments.count) {
        case ("list", let element??, 1): self = .list(element)
        case ("map", let key??, 2):
            guard let value = arguments[1] else { return nil }
            self = .map(key, value)
        case ("type", _, 1): self = .type
        default: return nil
        }
    }

    /// What stands between commas that are in no inner parentheses.
    private static func arguments(_ text: Substring) -> [String] {
        var parts = [""]
        var depth = 0
        for character in text {
            if character == "(" { depth += 1 }
            if character == ")" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }
}
