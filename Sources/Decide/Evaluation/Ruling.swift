// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Which rule held, and what it says.
public struct Ruling: Sendable {
    /// The rule's place in the policy; nil for `otherwise`.
    public var ruleIndex: Int?
    /// The rule's name.
    public var ruleName: String
    /// Where the reading goes.
    public var route: Route
    /// What becomes of an escalation without an answer in time; nil exactly for other routes.
    public var fallback: Fallback?
    /// True when it acts on the local answer and asks the cloud afterwards.
    public var isProvisional: Bool
    /// How urgently what is spooled wants to leave.
    public var priority: Priority
    /// How many conditions could not be evaluated and therefore did not hold.
    public var failedConditions: Int

    /// What `rule` says, at its place in the policy; nil for `otherwise`.
    public init(_ rule: Rule, index: Int? = nil, failedConditions: Int = 0) {
        ruleIndex = index
        ruleName = rule.name
        route = rule.route
        fallback = rule.fallback
        isProvisional = rule.isProvisional
        priority = rule.priority
        self.failedConditions = failedConditions
    }
}

/// A condition that could not be evaluated.
public struct ConditionFailure: Equatable, Sendable {
    /// The rule's or action's name.
    public var name: String
    /// Why, for a person.
    public var message: String

    /// Makes a failure.
    public init(name: String, message: String) {
        self.name = name
        self.message = message
    }
}
