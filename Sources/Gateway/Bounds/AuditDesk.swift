// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Spool
import Vocabulary

/// Takes the cloud's word on audited readings: a label, written down and counted; nothing is published
/// and no action is done for it.
struct AuditDesk: Sendable {
    let board: PolicyBoard
    let bounds: BoundBoard
    let versions: VersionWatch
    let trail: DecisionTrail
    let time: any TimeSource

    /// What must be on disk together with the row's acknowledgement.
    func conclude(
        _ question: OpenDecision,
        _ draw: AuditDraw,
        _ verdict: Verdict,
        thinning: Int
    ) -> SpoolChange {
        let propensity = draw.propensity(thinning: thinning)
        let differs = verdict.label != question.local.label
        trail.labelled(
            AuditedLabel(
                id: question.decisionID,
                policy: question.policy,
                policyVersion: question.policyVersion,
                local: question.local.label,
                propensity: propensity,
                verdict: verdict
            )
        )
        versions.verdict(verdict, on: question)
        var change = SpoolChange()
        // What was decided under another edition says nothing of what the one in force keeps local.
        guard let policy = policyInForce(question) else { return change }
        change.meta += bounds.count(
            question,
            differs: differs,
            propensity: propensity,
            cloud: verdict.model,
            policy: policy,
            at: time.wallTime
        )
        return change
    }

    private func policyInForce(_ question: OpenDecision) -> Policy? {
        let bound = board.policy(named: question.policy, version: question.policyVersion)
        guard let policy = bound?.policy, policy.version == question.policyVersion,
            policy.modelDigest == question.local.digest,
            board.edition.policies.contains(where: {
                $0.policy.name == policy.name && $0.policy.version == policy.version
            })
        else { return nil }
        return policy
    }
}

/// The cloud's label of a reading that was kept local.
struct AuditedLabel: Sendable {
    var id: DecisionID
    var policy: String
    var policyVersion: String
    /// The label it was acted on under.
    var local: String?
    /// With which probability it was asked about.
    var propensity: Double
    var verdict: Verdict
}
