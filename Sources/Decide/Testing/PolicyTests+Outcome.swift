// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension PolicyTests {
    /// What became of one case.
    public struct Outcome: Sendable {
        /// The case's name.
        public let name: String
        /// The line of its file where it begins, from 1.
        public let line: Int
        /// The column where it begins, from 1.
        public let column: Int
        /// Why it was not run; nil where it was.
        public internal(set) var skipped: String?
        /// Why it could not be tried, which fails it.
        public internal(set) var fault: String?
        /// What differs; empty when the case passed.
        public internal(set) var differences: [Difference] = []
        /// The rule that held; nil where nothing was decided.
        public internal(set) var rule: String?
        /// The rules in the order they were tried, to the one that held.
        public internal(set) var rules: [Tried] = []
        /// Every action, and whether it was done.
        public internal(set) var actions: [Tried] = []
        /// What the conditions tried have read, with the values as CEL writes them.
        public internal(set) var observed: [(variable: String, value: String)] = []
        /// The rules that held, for every reading of its payload.
        var reached: [String] = []
        /// The actions that were done, for every reading of its payload.
        var done: [String] = []

        init(name: String, line: Int, column: Int, skipped: String?, fault: String?) {
            self.name = name
            self.line = line
            self.column = column
            self.skipped = skipped
            self.fault = fault
        }

        /// True when something differs, or the case could not be tried.
        public var hasFailed: Bool { fault != nil || !differences.isEmpty }

        /// True when it was run and nothing differs.
        public var hasPassed: Bool { skipped == nil && !hasFailed }

        /// What failed, in one line; nil for a case that did not.
        public var failure: String? {
            if let fault { return fault }
            guard !differences.isEmpty else { return nil }
            return differences.map(\.description).joined(separator: "; ")
        }
    }

    /// One thing that differs.
    public struct Difference: Equatable, Sendable, CustomStringConvertible {
        /// The key of `expect`.
        public let what: String
        /// What was expected.
        public let expected: String
        /// What was found.
        public let found: String

        init(_ what: String, _ expected: String, _ found: String) {
            self.what = what
            self.expected = expected
            self.found = found
        }

        /// The difference in words.
        public var description: String { "\(what): expected \(expected), found \(found)" }
    }

    /// A rule or action whose condition was tried.
    public struct Tried: Sendable {
        /// Whether the condition held.
        public enum Held: Equatable, Sendable {
            /// It held, or there is none.
            case yes
            /// It did not.
            case no
            /// It could not be evaluated; the text says why.
            case failed(String)
        }

        /// Its name.
        public let name: String
        /// The condition as it is written; nil for none.
        public let when: String?
        /// Whether it held.
        public let held: Held
    }
}
