// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One thing wrong with the source of a condition, and where.
public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where it starts: Unicode scalars from the start of the source.
    public let offset: Int
    /// How many Unicode scalars it covers; 0 at the end of the source.
    public let length: Int
    /// What is wrong, as one line.
    public let message: String
    /// What to do about it, where that can be said.
    public let hint: String?

    /// Makes a problem.
    public init(offset: Int, length: Int, message: String, hint: String? = nil) {
        self.offset = offset
        self.length = length
        self.message = message
        self.hint = hint
    }

    init(_ range: Range<Int>, _ message: String, hint: String? = nil) {
        self.init(offset: range.lowerBound, length: range.count, message: message, hint: hint)
    }

    /// The offset, the message and the hint on one line.
    public var description: String {
        "\(offset): \(message)" + (hint.map { "; \($0)" } ?? "")
    }
}

/// What compiling a condition gave: a program, or every problem that was found.
public struct Compilation: Sendable {
    /// The program; nil exactly where there are problems.
    public let program: Program?
    /// The problems in the order of their place, at most ``Limits/problems``.
    public let problems: [Problem]
}

/// Collects problems up to a limit.
struct ProblemList {
    private(set) var problems: [Problem] = []

    mutating func report(_ range: Range<Int>, _ message: String, hint: String? = nil) {
        guard problems.count < Limits.problems else { return }
        problems.append(Problem(range, message, hint: hint))
    }
}
