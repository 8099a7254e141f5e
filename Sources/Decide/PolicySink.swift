// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One store of the user's that a policy sends to.
public struct PolicySink: Hashable, Sendable {
    /// What is sent.
    public enum Content: String, CaseIterable, Sendable {
        /// Every word on a decision: the first, and what the cloud confirms or corrects later.
        case decisions
        /// The fields of every reading that was not dropped, as far as `privacy.send` lets them out.
        case readings
        /// The first word with the reading's fields, and the later words.
        case both

        /// True when words on decisions are sent.
        public var hasDecisions: Bool { self != .readings }
        /// True when the fields of readings are sent.
        public var hasReadings: Bool { self != .decisions }
    }

    /// Its name in the gateway's configuration.
    public var name: String
    /// What is sent.
    public var content: Content

    /// Makes one.
    public init(name: String, content: Content) {
        self.name = name
        self.content = content
    }
}
