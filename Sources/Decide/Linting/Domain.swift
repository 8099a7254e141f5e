// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The values a term can have where a condition is true: never fewer than it really has.
struct Domain {
    private var lower = -Double.infinity
    private var upper = Double.infinity
    private var lowerIsOpen = false
    private var upperIsOpen = false
    private var excluded: Set<Comparison.Constant> = []
    private var allowed: Set<Comparison.Constant>?
    private var isFlag = false
    /// True once a comparison holds that is false of NaN.
    private var isOrdered = false

    init() {}

    init(_ range: ClosedRange<Double>) {
        lower = range.lowerBound
        upper = range.upperBound
    }

    init(_ words: [String]) {
        allowed = Set(words.map { .text($0) })
    }

    /// True when no value is left.
    var isEmpty: Bool {
        if let allowed { return allowed.allSatisfy { !admits($0) } }
        if lower > upper { return true }
        if lower == upper {
            return lowerIsOpen || upperIsOpen || excluded.contains(.number(lower))
        }
        return isFlag && [true, false].allSatisfy { excluded.contains(.flag($0)) }
    }

    /// Takes away the values for which `comparison` is false.
    mutating func narrow(_ comparison: Comparison) {
        // NaN satisfies the opposite of a comparison, and lies nowhere.
        guard !comparison.isNegated else { return }
        isFlag = isFlag || comparison.isFlag
        isOrdered = isOrdered || comparison.relation != .different
        switch (comparison.relation, comparison.constant) {
        case (.equal, let constant):
            let kept: Set = [constant]
            allowed = allowed.map { $0.intersection(kept) } ?? kept
        case (.different, let constant):
            excluded.insert(constant)
        case (.less, .number(let bound)): limitAbove(bound, isOpen: true)
        case (.atMost, .number(let bound)): limitAbove(bound, isOpen: false)
        case (.more, .number(let bound)): limitBelow(bound, isOpen: true)
        case (.atLeast, .number(let bound)): limitBelow(bound, isOpen: false)
        default: break
        }
    }

    /// True when `comparison` holds for every value that is left.
    func implies(_ comparison: Comparison) -> Bool {
        if let allowed {
            let left = allowed.filter { admits($0) }
            return left.allSatisfy { Self.holds(comparison, for: $0) }
        }
        switch (comparison.relation, comparison.constant) {
        case (.equal, .flag(let flag)): return isFlag && excluded.contains(.flag(!flag))
        case (.different, let constant):
            if excluded.contains(constant) { return true }
            guard case .number(let number) = constant else { return false }
            return !isInside(number)
        // NaN is different from everything and compares with nothing.
        case _ where !isOrdered: return false
        case (.less, .number(let bound)):
            return upper < bound || upper == bound && upperIsOpen
        case (.atMost, .number(let bound)): return upper <= bound
        case (.more, .number(let bound)):
            return lower > bound || lower == bound && lowerIsOpen
        case (.atLeast, .number(let bound)): return lower >= bound
        default: return false
        }
    }

    private func admits(_ constant: Comparison.Constant) -> Bool {
        if excluded.contains(constant) { return false }
        guard case .number(let number) = constant else { return true }
        return isInside(number)
    }

    private func isInside(_ number: Double) -> Bool {
        let isAbove = lowerIsOpen ? number > lower : number >= lower
        let isBelow = upperIsOpen ? number < upper : number <= upper
        return isAbove && isBelow
    }

    private static func holds(
        _ comparison: Comparison,
        for value: Comparison.Constant
    ) -> Bool {
        switch comparison.relation {
        case .equal: return value == comparison.constant
        case .different: return value != comparison.constant
        default: break
        }
        guard case .number(let left) = value, case .number(let right) = comparison.constant else {
            return false
        }
        return switch comparison.relation {
        case .less: left < right
        case .atMost: left <= right
        case .more: left > right
        case .atLeast: left >= right
        case .equal, .different: false
        }
    }

    private mutating func limitAbove(_ bound: Double, isOpen: Bool) {
        if bound < upper {
            upper = bound
            upperIsOpen = isOpen
        } else if bound == upper {
            upperIsOpen = upperIsOpen || isOpen
        }
    }

    private mutating func limitBelow(_ bound: Double, isOpen: Bool) {
        if bound > lower {
            lower = bound
            lowerIsOpen = isOpen
        } else if bound == lower {
            lowerIsOpen = lowerIsOpen || isOpen
        }
    }
}

extension ConditionVariable {
    /// What the variable can be, where its type says less; nil where the type says it all.
    var domain: Domain? {
        switch self {
        case .confidence, .score, .margin, .alarm, .boundEstimate, .cloudBudgetLeft, .queueFill:
            Domain(0...1)
        case .modelLatency, .cloudP50, .cloudP95, .deadlineTotal, .deadlineLeft, .queueOldest,
            .queueHeadRoom, .cloudInFlight, .cloudMoneyLeft, .cloudCallsLeft, .queueDepth,
            .queueBytes, .boundSamples:
            Domain(0...Double.infinity)
        case .stage: Domain(1...Double.infinity)
        case .cloudBreaker: Domain(["closed", "open", "half_open"])
        default: nil
        }
    }

    /// What messages say of that.
    var domainText: String? {
        switch self {
        case .confidence, .score, .margin, .alarm, .boundEstimate, .cloudBudgetLeft, .queueFill:
            "lies between 0 and 1"
        case .modelLatency, .cloudP50, .cloudP95, .deadlineTotal, .deadlineLeft, .queueOldest,
            .queueHeadRoom, .cloudInFlight, .cloudMoneyLeft, .cloudCallsLeft, .queueDepth,
            .queueBytes, .boundSamples:
            "is never negative"
        case .stage: "begins at 1"
        case .cloudBreaker: "is `closed`, `open` or `half_open`"
        default: nil
        }
    }

    /// True when it has a value for every reading.
    var isAlwaysThere: Bool {
        switch self {
        case .cloudUp, .cloudP50, .cloudP95, .cloudInFlight, .cloudBreaker, .cloudBudgetLeft,
            .cloudMoneyLeft, .cloudCallsLeft, .queueDepth, .queueBytes, .queueFill, .queueOldest,
            .queueHeadRoom, .retained, .boundHolds, .boundEstimate, .boundSamples:
            true
        default: false
        }
    }
}
