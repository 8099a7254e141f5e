// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide

extension DecisionStory {
    /// One condition and how it came out.
    public struct Condition: Codable, Equatable, Sendable {
        /// Whether it was tried, and how it came out.
        public enum Outcome: String, Codable, Sendable {
            /// It held, and decided.
            case held
            /// It did not hold.
            case notHeld = "not_held"
            /// It could not be evaluated and therefore did not hold.
            case failed
            /// It was not tried, because a rule before it held; it would have held.
            case wouldHold = "would_hold"
            /// It was not tried; it would not have held.
            case wouldNotHold = "would_not_hold"
        }

        /// `rule` or `stage`.
        public var kind: String
        /// The rule's or the stage's name.
        public var name: String
        /// The condition as the policy writes it.
        public var when: String?
        /// How it came out.
        public var outcome: Outcome
        /// Why it could not be evaluated.
        public var error: String?
        /// The condition and its parts.
        public var parts: [Part]
        /// The ways to turn it, the smallest change first; every change of a way has to be made.
        public var ways: [[Change]]
    }

    /// One part of a condition.
    public struct Part: Codable, Equatable, Sendable {
        /// How deep it is inside the condition.
        public var depth: Int
        /// As the policy writes it.
        public var text: String
        /// With values in the places of what is in it.
        public var filled: String?
        /// What it gave.
        public var value: String
    }

    /// One thing that would have to be different.
    public struct Change: Codable, Equatable, Sendable {
        /// What.
        public var name: String
        /// Its value now; nil where it has none.
        public var now: String?
        /// How the new value stands to `value`, as `Decide.Change.Relation` writes it.
        public var relation: String
        /// The value needed.
        public var value: String
        /// The change in words.
        public var words: String
    }

    /// One word on the decision.
    public struct Word: Codable, Equatable, Sendable {
        /// 0 for the first.
        public var revision: Int
        /// `final`, `provisional`, `confirmed` or `corrected`.
        public var standing: String
        /// The label it is about.
        public var label: String?
        /// The confidence that goes with it.
        public var confidence: Double?
        /// From arrival, of a late word from the reading's time.
        public var latencyMs: Double?
        /// When it was logged, RFC 3339.
        public var logged: String?
        /// The cloud's answer behind it.
        public var answer: Answer?
        /// What was done.
        public var actions: [Action]
        /// The actions whose conditions held and that `hold` kept back.
        public var heldBack: [String]
    }

    /// The cloud's answer.
    public struct Answer: Codable, Equatable, Sendable {
        /// The label.
        public var label: String
        /// How sure it is.
        public var confidence: Double?
        /// The endpoint.
        public var endpoint: String
        /// `name/version`.
        public var model: String
        /// From asking to the answer.
        public var latencyMs: Double
    }

    /// An action that was done.
    public struct Action: Codable, Equatable, Sendable {
        /// Its name.
        public var name: String
        /// The topic, the address, or `log`.
        public var target: String
    }

    /// What somebody said about the decision afterwards.
    public struct Label: Codable, Equatable, Sendable {
        /// `audit` or `operator`.
        public var by: String
        /// The label.
        public var label: String
        /// When it was logged.
        public var logged: String?
    }
}

extension DecisionStory.Condition {
    /// A condition as `Decide` reports it; `isTried` unless a rule before it held.
    init(_ report: ConditionReport, kind: String, isTried: Bool = true) {
        self.kind = kind
        name = report.name
        when = report.when
        switch report.standing {
        case .held: outcome = isTried ? .held : .wouldHold
        case .notHeld: outcome = isTried ? .notHeld : .wouldNotHold
        case .failed(let reason):
            outcome = isTried ? .failed : .wouldNotHold
            error = reason
        }
        parts = report.lines.map { line in
            .init(depth: line.depth, text: line.text, filled: line.filled, value: line.value)
        }
        ways = report.ways.map { way in
            way.map { change in
                .init(
                    name: change.name,
                    now: change.now,
                    relation: change.relation.rawValue,
                    value: change.value,
                    words: change.words
                )
            }
        }
    }

    /// The rules that `explainer` tries for a decision of the rule called `rule`.
    static func rules(_ explainer: PolicyExplainer, rule: String) -> [DecisionStory.Condition] {
        let held = explainer.policy.rules.firstIndex { $0.name == rule }
        return explainer.rules(held: held).enumerated().map { index, report in
            .init(report, kind: "rule", isTried: held.map { index <= $0 } ?? true)
        }
    }
}
