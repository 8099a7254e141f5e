// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What an examination of a site and its surroundings found.
public struct Checkup: Codable, Sendable {
    /// How one thing was found.
    public enum State: String, Codable, Sendable {
        /// As it should be.
        case ok
        /// It cannot be seen from here; the remedy says how to see to it.
        case unseen
        /// It works, and will not always.
        case warn
        /// It does not work, or what is promised is not kept.
        case fail
    }

    /// One thing that was looked at.
    public struct Item: Codable, Equatable, Sendable {
        /// What was looked at, such as `broker: queue`.
        public var subject: String
        /// How it was found.
        public var state: State
        /// What was found, with its figure.
        public var says: String
        /// What to do; nil where there is nothing to do.
        public var remedy: String?
        /// The figures behind it by name, units in the names.
        public var figures: [String: Double]?

        /// Makes an item.
        public init(
            _ subject: String,
            _ state: State,
            _ says: String,
            remedy: String? = nil,
            figures: [String: Double]? = nil
        ) {
            self.subject = subject
            self.state = state
            self.says = says
            self.remedy = remedy
            self.figures = figures
        }
    }

    /// What was looked at, in the order of a message's way.
    public var items: [Item]

    /// Makes an examination's result.
    public init(items: [Item]) {
        self.items = items
    }

    /// How many were found so.
    public func count(_ state: State) -> Int { items.count { $0.state == state } }
}
