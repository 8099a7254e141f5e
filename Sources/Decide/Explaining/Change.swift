// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL

/// One thing that would have to be different.
public struct Change: Equatable, Sendable {
    /// How the new value stands to ``Change/value``.
    public enum Relation: String, Equatable, Sendable {
        /// The value or more.
        case atLeast = "at_least"
        /// More than the value.
        case above
        /// The value or less.
        case atMost = "at_most"
        /// Less than the value.
        case below
        /// Exactly the value.
        case equal
        /// Anything but the value.
        case other
        /// One of the values in the list.
        case oneOf = "one_of"
        /// None of the values in the list.
        case noneOf = "none_of"
        /// Any value at all, where there was none.
        case present

        /// What holds where this does not.
        var opposite: Relation {
            switch self {
            case .atLeast: .below
            case .above: .atMost
            case .atMost: .above
            case .below: .atLeast
            case .equal: .other
            case .other: .equal
            case .oneOf: .noneOf
            case .noneOf: .oneOf
            case .present: .present
            }
        }

        /// The same, seen from the other side of a comparison.
        var mirrored: Relation {
            switch self {
            case .atLeast: .atMost
            case .above: .below
            case .atMost: .atLeast
            case .below: .above
            default: self
            }
        }
    }

    /// The variable, or the part of the condition that cannot be traced to one.
    public var name: String
    /// Its value now, as people write it; nil where it has none.
    public var now: String?
    /// How the new value stands to `value`.
    public var relation: Relation
    /// The value, as people write it; empty for `present`.
    public var value: String

    /// How much of a change it is: the distance by the larger of both numbers; 1 for what is no number.
    var distance = 1.0
    /// True for what the policy sets and not the world.
    var isOfPolicy = false
    /// Where to try it, and with what.
    var trial: (slot: Int, value: Value)?

    /// The change in words, such as `confidence 0.88 or more`.
    public var words: String {
        switch relation {
        case .atLeast: "\(name) \(value) or more"
        case .above: "\(name) above \(value)"
        case .atMost: "\(name) \(value) or less"
        case .below: "\(name) below \(value)"
        case .equal: "\(name) \(value)"
        case .other: "\(name) other than \(value)"
        case .oneOf: "\(name) one of \(value)"
        case .noneOf: "\(name) none of \(value)"
        case .present: "a value for \(name)"
        }
    }

    /// Whether both say the same.
    public static func == (left: Change, right: Change) -> Bool {
        left.words == right.words && left.now == right.now
    }
}
