// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A place in a payload: member names and indices, such as `vib.samples`, `sensors[0].value`, `["a.b"].c`.
///
/// A name may hold anything but `.`, `[` and `]`; between `["` and `"]` it may hold anything but `"`.
/// The empty path is the reading itself.
public struct FieldPath: Hashable, Sendable {
    /// One step down.
    public enum Step: Hashable, Sendable {
        /// To the member of an object.
        case member(String)
        /// To the element of an array, from 0.
        case element(Int)
    }

    /// What is wrong with a path, and at which character (from 0).
    public struct Malformed: Error, Equatable, Sendable {
        /// What is wrong.
        public var message: String
        /// Where, in characters from 0.
        public var offset: Int
    }

    /// The longest path there may be, in steps.
    public static let stepLimit = 32

    /// The text it was made from.
    public let source: String
    /// Its steps from the root.
    public let steps: [Step]

    /// Reads a path.
    public init(_ source: String) throws(Malformed) {
        self.source = source
        var reader = Reader(characters: Array(source))
        steps = try reader.steps()
        guard steps.count <= Self.stepLimit else {
            throw Malformed(message: "a path has at most \(Self.stepLimit) steps", offset: 0)
        }
    }

    private struct Reader {
        let characters: [Character]
        var index = 0

        mutating func steps() throws(Malformed) -> [Step] {
            var steps: [Step] = []
            while index < characters.count {
                if characters[index] == "[" {
                    steps.append(try bracket())
                    continue
                }
                if !steps.isEmpty {
                    guard characters[index] == "." else {
                        throw Malformed(message: "`.` or `[` must follow `]`", offset: index)
                    }
                    index += 1
                }
                steps.append(try member())
            }
            return steps
        }

        private mutating func member() throws(Malformed) -> Step {
            let start = index
            while index < characters.count, !".[]".contains(characters[index]) {
                index += 1
            }
            guard index > start else {
                throw Malformed(message: "a member's name is missing", offset: start)
            }
            return .member(String(characters[start..<index]))
        }

        private mutating func bracket() throws(Malformed) -> Step {
            let start = index
            index += 1
            if index < characters.count, characters[index] == "\"" {
                guard let end = characters[(index + 1)...].firstIndex(of: "\""),
                    end + 1 < characters.count, characters[end + 1] == "]"
                else { throw Malformed(message: "`[\"` without `\"]`", offset: start) }
                let name = String(characters[(index + 1)..<end])
                index = end + 2
                return .member(name)
            }
            guard let end = characters[start...].firstIndex(of: "]") else {
                throw Malformed(message: "`[` without `]`", offset: start)
            }
            let digits = String(characters[index..<end])
            guard digits.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }),
                let element = Int(digits), element < 1_000_000
            else {
                throw Malformed(message: "`[\(digits)]` is not an index", offset: start)
            }
            index = end + 1
            return .element(element)
        }
    }
}

/// A reading specification that no decoder can be made from: which part of it, and why.
public struct DecodeSpecError: Error, Equatable, Sendable {
    /// The parts of a specification that can be at fault.
    public enum Part: Hashable, Sendable {
        /// `each`.
        case each
        /// `device`.
        case device
        /// `time`.
        case time
        /// `sequence`.
        case sequence
        /// The field with this name.
        case field(String)
    }

    /// Which part.
    public var part: Part
    /// What is wrong, one sentence without a full stop.
    public var message: String
    /// At which character of that part's text, from 0.
    public var offset: Int

    /// Makes an error.
    public init(part: Part, message: String, offset: Int) {
        self.part = part
        self.message = message
        self.offset = offset
    }
}
