// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A place in a JSON value, such as `/predictions/0/score` (RFC 6901).
public struct JSONPointer: Hashable, Sendable, CustomStringConvertible {
    /// Why a text is no pointer.
    public struct Malformed: Error, Equatable, Sendable {
        /// What is wrong.
        public var message: String
    }

    /// The names and indices on the way, their escapes undone.
    public let steps: [String]

    /// Reads a pointer: empty for the whole value, else every step behind a `/`, with `~1` for `/` and `~0` for `~`.
    public init(_ text: String) throws(Malformed) {
        guard !text.isEmpty else {
            steps = []
            return
        }
        guard text.first == "/" else { throw Malformed(message: "a pointer begins with `/`") }
        var steps: [String] = []
        for part in text.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            var step = ""
            var isEscape = false
            for character in part {
                switch (isEscape, character) {
                case (false, "~"):
                    isEscape = true
                    continue
                case (true, "0"): step.append("~")
                case (true, "1"): step.append("/")
                case (true, _): throw Malformed(message: "`~` stands before `0` or `1` only")
                case (false, _): step.append(character)
                }
                isEscape = false
            }
            guard !isEscape else {
                throw Malformed(message: "`~` stands before `0` or `1` only")
            }
            steps.append(step)
        }
        self.steps = steps
    }

    init(steps: [String]) {
        self.steps = steps
    }

    /// The pointer as it is written.
    public var description: String {
        steps.map { step in
            let escaped = step.map { $0 == "~" ? "~0" : $0 == "/" ? "~1" : String($0) }
            return "/" + escaped.joined()
        }.joined()
    }
}

extension ReplyJSON {
    /// The value at `pointer`; nil where there is none.
    func value(at pointer: JSONPointer) -> ReplyJSON? {
        var value = self
        for step in pointer.steps {
            switch value {
            case .object:
                guard let member = value[step] else { return nil }
                value = member
            case .list(let values):
                // Digits without a sign or leading zeros, as the RFC has it.
                guard let index = Int(step), String(index) == step, values.indices.contains(index)
                else { return nil }
                value = values[index]
            default: return nil
            }
        }
        return value
    }
}
