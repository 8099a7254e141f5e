// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Trace
import Vocabulary

/// Labels in the decision log: a line with `verdict` says who gave it.
extension DecisionTrail {
    /// The cloud's label of a reading that was kept local.
    func labelled(_ label: AuditedLabel) {
        let agrees = label.verdict.label == label.local
        Counter(
            label: "sluice_audit_verdicts_total",
            dimensions: [("policy", label.policy), ("agrees", "\(agrees)")]
        ).increment()
        if let recorder, recorder.isActive {
            recorder.answered(
                TraceVerdict(
                    label.verdict,
                    on: label.id,
                    source: .audit,
                    isLate: true,
                    at: time.wallTime
                )
            )
        }
        note { writer in
            writer.member("decision_id", label.id.description)
            writer.member("verdict", "audit")
            writer.member("policy", label.policy)
            writer.member("policy_version", label.policyVersion)
            writer.member("label", label.verdict.label)
            writer.member("confidence", label.verdict.confidence)
            writer.member("local_label", label.local)
            writer.key("agrees")
            writer.value(agrees)
            writer.member("propensity", label.propensity)
            writer.member("model", label.verdict.model.description)
            writer.member("endpoint", label.verdict.endpoint)
            writer.member("latency_ms", label.verdict.latency.milliseconds)
        }
    }

    /// A person's label.
    func labelled(_ label: OperatorLabel) {
        Counter(label: "sluice_operator_labels_total").increment()
        recorder?.answered(
            TraceVerdict(
                id: label.id,
                label: label.label,
                source: .operator,
                isLate: true,
                time: time.wallTime
            )
        )
        note { writer in
            writer.member("decision_id", label.id.description)
            writer.member("verdict", "operator")
            writer.member("label", label.label)
            writer.member("by", label.by)
        }
    }
}
