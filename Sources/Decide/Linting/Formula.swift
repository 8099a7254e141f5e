// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A condition as the lints reason about it: true exactly when the condition is.
///
/// Negations are pushed down to the comparisons (De Morgan's laws hold for CEL's `&&` and `||`, which
/// absorb errors in either order). What is not understood is a truth value by its own name.
indirect enum Formula {
    case constant(Bool)
    case all([Formula])
    case any([Formula])
    case comparison(Comparison)
}

/// A term that is compared with a constant.
struct Comparison {
    enum Relation {
        case less
        case atMost
        case more
        case atLeast
        case equal
        case different

        /// The relation that holds where this one does not.
        var opposite: Relation {
            switch self {
            case .less: .atLeast
            case .atMost: .more
            case .more: .atMost
            case .atLeast: .less
            case .equal: .different
            case .different: .equal
            }
        }

        /// The same relation read from right to left.
        var mirrored: Relation {
            switch self {
            case .less: .more
            case .atMost: .atLeast
            case .more: .less
            case .atLeast: .atMost
            case .equal, .different: self
            }
        }
    }

    enum Constant: Hashable {
        case number(Double)
        case text(String)
        case flag(Bool)
    }

    /// The term, written in one way whatever its spaces and parentheses are.
    var term: String
    /// The variable that the term is; nil for anything longer.
    var variable: ConditionVariable?
    var relation: Relation
    var constant: Constant
    /// True for a term that is a truth value by its type.
    var isFlag = false
    /// True for what may be no number at all, of which every comparison is false.
    var mayBeNaN = false
    /// True when it is the opposite of what is written: then `x < 1` being false says nothing of NaN.
    var isNegated = false
    /// What is written, and where, in Unicode scalars of the condition; nil inside a named expression.
    var text: String
    var range: Range<Int>?

    /// True when the same is said of the same term.
    func isSame(as other: Comparison) -> Bool {
        term == other.term && relation == other.relation && constant == other.constant
            && isNegated == other.isNegated
    }

    /// The comparison that is true exactly when this one is false.
    var opposite: Comparison {
        var opposite = self
        opposite.relation = relation.opposite
        // Of a pair of flags or texts nothing is lost; of numbers NaN is.
        if mayBeNaN, relation != .equal, relation != .different {
            opposite.isNegated.toggle()
        }
        return opposite
    }
}

extension Formula {
    /// The formula that is true exactly when this one is false.
    var negated: Formula {
        switch self {
        case .constant(let value): .constant(!value)
        case .all(let parts): .any(parts.map(\.negated))
        case .any(let parts): .all(parts.map(\.negated))
        case .comparison(let comparison): .comparison(comparison.opposite)
        }
    }

    /// The parts of which all must be true.
    var conjuncts: [Formula] {
        guard case .all(let parts) = self else { return [self] }
        return parts.flatMap(\.conjuncts)
    }
}
