// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Glibc
import Settings
import Telemetry
import Vocabulary

/// A policy in force with its rules, in the order they are tried.
public struct PolicyPlan: Codable, Equatable, Sendable {
    /// One rule.
    public struct Rule: Codable, Equatable, Sendable {
        /// Its name; `otherwise` for the last one.
        public var name: String
        /// Its condition as it is written; absent for `otherwise`.
        public var when: String?
        /// Where it sends a reading.
        public var route: String
        /// How often it has held since the policy came into force.
        public var hits: Int
    }

    /// The plot of accuracy against escalation that `sluice tune --plot` leaves in a policy's folder.
    public static let plot = "tune.svg"

    /// The policy's name.
    public var name: String
    /// The digest of its file.
    public var version: String
    /// Its models, with the versions loaded.
    public var model: String?
    /// The endpoints it asks, in order.
    public var endpoints: [String]
    /// Its deadline in milliseconds.
    public var deadlineMs: Double?
    /// The threshold in force.
    public var threshold: Double?
    /// What P(answers differ | kept local) may be at most.
    public var bound: Double?
    /// When the threshold was tuned.
    public var tuned: String?
    /// When the plot of the last tune was put into the policy's folder, in seconds since 1970; nil without one.
    public var plotted: Int?
    /// Its rules.
    public var rules: [Rule]
}

extension Gateway {
    /// The policies in force with how often each rule has held; any thread.
    public var plans: [PolicyPlan] {
        parts.board.edition.policies.map { bound in
            let (policy, hits) = (bound.policy, bound.hits.hits)
            let threshold = policy.threshold(
                for: policy.modelDigest,
                cloud: parts.bounds.facts(of: policy).cloud ?? policy.cloudModel
            )
            return PolicyPlan(
                name: policy.name,
                version: policy.version,
                model: bound.modelNames,
                endpoints: policy.endpoints,
                deadlineMs: policy.deadline?.milliseconds,
                threshold: threshold?.value,
                bound: threshold?.bound,
                tuned: threshold?.tuned,
                plotted: fileTime(PolicyPlan.plot, of: policy.name),
                rules: zip(policy.rules + [policy.otherwise], hits).map { rule, hits in
                    PolicyPlan.Rule(
                        name: rule.name,
                        when: rule.when,
                        route: rule.route.rawValue,
                        hits: hits
                    )
                }
            )
        }
    }

    /// The story of a decision, from the log and from what is being looked at; nil where neither has it.
    ///
    /// Blocks while it reads the log.
    public func story(of id: String) throws(DecisionArchive.Failure) -> DecisionStory? {
        var found = DecisionArchive.Found()
        if let path = site.configuration.decisionLog {
            parts.trail.flush()
            do throws(DecisionArchive.Failure) {
                found = try DecisionArchive(path: path).find(id)
            } catch {
                // A log that was not begun yet hides nothing.
                if decisions.audience == 0 { throw error }
            }
        }
        found.add(decisions.lines(containing: "\"decision_id\":\"\(id)\""))
        return DecisionStory(id, found, policies: parts.board.edition.policies.map(\.policy))
    }

    /// The text of the file `name` in the folder of a policy in force; nil where there is none.
    public func policyFile(_ name: String, of policy: String, limit: Int) -> [UInt8]? {
        guard parts.board.edition.policies.contains(where: { $0.policy.name == policy }) else {
            return nil
        }
        return try? BoundedFile.read(path: path(of: name, of: policy), limit: limit)
    }

    private func path(of file: String, of policy: String) -> String {
        "\(site.configuration.policiesPath)/\(policy)/\(file)"
    }

    private func fileTime(_ name: String, of policy: String) -> Int? {
        var facts = stat()
        guard stat(path(of: name, of: policy), &facts) == 0 else { return nil }
        return facts.st_mtim.tv_sec
    }
}
