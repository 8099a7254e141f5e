// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Spool
import Vocabulary

/// Audits: readings that are answered here and put to the cloud all the same, for their label only.
extension MessagePath {
    /// What the lot says of a reading: nil when it is not audited.
    ///
    /// Only what is kept local is drawn: the route is `act`, not provisionally, and the model gave a
    /// label that the cloud's can be held against. Costs two keyed hashes where the policy audits at
    /// all, and nothing otherwise.
    func auditDraw(_ verge: Verge) -> AuditDraw? {
        let rate = verge.runtime.audit
        guard rate > 0, verge.ruling.route == .act, !verge.ruling.isProvisional,
            !verge.runtime.bound.endpoints.isEmpty,
            verge.situation.finding?.classification != nil
        else { return nil }
        let id = id(of: verge)
        // Worked out once, because it is asked for again when the reading leaves a trace.
        verge.reading.id = id
        return AuditDraw(
            lot: parts.key.lot(of: id),
            rate: rate,
            thinning: parts.spool.thinning
        )
    }

    /// Keeps the question about an audited reading with everything else that its batch is owed.
    func audit(_ verge: Verge, _ draw: AuditDraw, _ decision: Decision) {
        let outbound: Outbound
        do throws(FeatureFailure) {
            outbound = try verge.runtime.outbound(row: verge.reading.row)
        } catch {
            // It is answered, so nothing is lost but its label.
            return parts.trail.unauditable()
        }
        var question = OpenDecision(decision, verge: verge, outbound: outbound)
        question.audit = draw
        question.local.digest = verge.situation.modelDigest ?? verge.policy.modelDigest
        // Nothing is done with the cloud's word that would want the message.
        question.payload.removeAll()
        parts.trail.audited()
        open.keep(
            NewEntry(
                id: 0,
                key: question.questionKey.description,
                kind: .audit,
                priority: .low,
                device: question.device,
                stream: "\(draw.drawClass)",
                policy: question.policy,
                policyVersion: question.policyVersion,
                timeToLive: verge.policy.timeToLive,
                body: question.encoded()
            )
        )
    }
}
