// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL

/// What one condition was, what its parts gave, and what would turn it.
public struct ConditionReport: Equatable, Sendable {
    /// How a condition came out.
    public enum Standing: Equatable, Sendable {
        /// It held.
        case held
        /// It did not.
        case notHeld
        /// It could not be evaluated and therefore did not hold; the text says why.
        case failed(String)
    }

    /// One part of a condition with what it gave.
    public struct Line: Equatable, Sendable {
        /// How deep it is inside the condition, from 0.
        public var depth: Int
        /// The part as the policy writes it.
        public var text: String
        /// The same with the values of what is in it, such as `0.71 >= 0.88`; nil where that says no more.
        public var filled: String?
        /// What it gave, as people write it.
        public var value: String
    }

    /// The rule's, stage's or action's name.
    public var name: String
    /// The condition as the policy writes it; nil for `otherwise`.
    public var when: String?
    /// How it came out.
    public var standing: Standing
    /// The condition, then its parts in the order of the source.
    public var lines: [Line]
    /// The ways to turn it, the smallest change first; empty where none is known.
    ///
    /// Every change of a way has to be made.
    public var ways: [[Change]]

    /// A number as reports write it: six digits.
    public static func text(of number: Double) -> String { Value.double(number).plain }
}
