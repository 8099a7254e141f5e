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
        // By bytes: an accent behind a `/` or a `~` makes no other character of it.
        guard text.utf8.first == UInt8(ascii: "/") else {
            throw Malformed(message: "a pointer begins with `/`")
        }
        var steps: [String] = []
        var step: [UInt8] = []
        var isEscape = false
        for byte in text.utf8.dropFirst() {
            switch (isEscape, byte) {
            case (true, UInt8(ascii: "0")): step.append(UInt8(ascii: "~"))
            case (true, UInt8(ascii: "1")): step.append(UInt8(ascii: "/"))
            case (true, _): throw Self.loneEscape
            case (false, UInt8(ascii: "~")):
                isEscape = true
                continue
            case (false, UInt8(ascii: "/")):
                steps.append(String(decoding: step, as: UTF8.self))
                step.removeAll(keepingCapacity: true)
            default: step.append(byte)
            }
            isEscape = false
        }
        guard !isEscape else { throw Self.loneEscape }
        self.steps = steps + [String(decoding: step, as: UTF8.self)]
    }

    private static let loneEscape = Malformed(message: "`~` stands before `0` or `1` only")

    init(steps: [String]) {
        self.steps = steps
    }

    /// The pointer as it is written.
    public var description: String {
        var written: [UInt8] = []
        for step in steps {
            written.append(UInt8(ascii: "/"))
            for byte in step.utf8 {
                switch byte {
                case UInt8(ascii: "~"): written += "~0".utf8
                case UInt8(ascii: "/"): written += "~1".utf8
                default: written.append(byte)
                }
            }
        }
        return String(decoding: written, as: UTF8.self)
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
