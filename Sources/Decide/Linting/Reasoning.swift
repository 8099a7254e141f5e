// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What follows from a condition being true; sound, so it never says more than is certain.
enum Reasoning {
    /// How many comparisons a condition may have to be reasoned about.
    private static let limit = 512

    /// The values of each term where all of `parts` are true; nil when they cannot all be.
    ///
    /// Alternatives among the parts are left out, which leaves more values and takes none away.
    static func domains(_ parts: [Formula]) -> [String: Domain]? {
        var domains: [String: Domain] = [:]
        for case .comparison(let comparison) in parts {
            var domain = domains[comparison.term] ?? comparison.variable?.domain ?? Domain()
            domain.narrow(comparison)
            if domain.isEmpty { return nil }
            domains[comparison.term] = domain
        }
        return domains
    }

    /// True when `formula` can be true.
    static func canHold(_ formula: Formula, given facts: [Formula] = []) -> Bool {
        let parts = formula.conjuncts + facts
        for part in parts {
            if case .constant(false) = part { return false }
            if case .any(let choices) = part, choices.allSatisfy({ !canHold($0) }) { return false }
        }
        guard domains(parts) != nil else { return false }
        // One alternative at a time, with everything else: enough for what people write.
        for (index, part) in parts.enumerated() {
            guard case .any(let choices) = part, choices.count <= 16 else { continue }
            var others = parts
            others.remove(at: index)
            let isOpen = choices.contains { choice in
                domains(others + choice.conjuncts) != nil
            }
            if !isOpen { return false }
        }
        return true
    }

    /// True when `conclusion` is true whenever `premise` is.
    static func implies(_ premise: Formula, _ conclusion: Formula) -> Bool {
        guard size(premise) <= limit, size(conclusion) <= limit else { return false }
        return follows(conclusion, from: premise)
    }

    /// True when `conclusion` is always true.
    static func isCertain(_ conclusion: Formula) -> Bool {
        switch conclusion {
        case .constant(let value): value
        case .all(let parts): parts.allSatisfy { isCertain($0) }
        case .any(let choices): choices.contains { isCertain($0) }
        case .comparison: false
        }
    }

    private static func follows(_ conclusion: Formula, from premise: Formula) -> Bool {
        if isCertain(conclusion) { return true }
        if case .any(let choices) = premise {
            return choices.allSatisfy { follows(conclusion, from: $0) }
        }
        switch conclusion {
        case .constant(let value): return value
        case .all(let parts): return parts.allSatisfy { follows($0, from: premise) }
        case .any(let choices):
            if choices.contains(where: { follows($0, from: premise) }) { return true }
        case .comparison(let wanted):
            let parts = premise.conjuncts
            let isSaid = parts.contains { part in
                guard case .comparison(let known) = part else { return false }
                return known.isSame(as: wanted)
            }
            if isSaid { return true }
            guard let domains = domains(parts) else { return true }
            // A term the premise does not compare may have no value at all.
            if let domain = domains[wanted.term], domain.implies(wanted) { return true }
        }
        // An alternative inside the premise: each of its branches must do.
        let parts = premise.conjuncts
        for (index, part) in parts.enumerated() {
            guard case .any(let choices) = part, choices.count <= 16 else { continue }
            var others = parts
            others.remove(at: index)
            if choices.allSatisfy({ follows(conclusion, from: .all(others + [$0])) }) {
                return true
            }
        }
        return false
    }

    /// What is known of a reading that came past a rule with this condition; empty where that says
    /// nothing certain.
    static func remainder(_ formula: Formula) -> [Formula] {
        let opposite = formula.negated
        // A condition that fails does not hold either, so only what cannot fail counts.
        guard cannotFail(formula) else { return [] }
        return opposite.conjuncts
    }

    private static func cannotFail(_ formula: Formula) -> Bool {
        switch formula {
        case .constant: true
        case .all(let parts), .any(let parts): parts.allSatisfy { cannotFail($0) }
        case .comparison(let comparison): comparison.variable?.isAlwaysThere ?? false
        }
    }

    private static func size(_ formula: Formula) -> Int {
        switch formula {
        case .constant, .comparison: 1
        case .all(let parts), .any(let parts): parts.reduce(0) { $0 + size($1) }
        }
    }
}
