// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Trace
import Vocabulary

/// Whether a trace holds what a policy and its model read; refused by name where it does not.
enum Requirements {
    /// What a trace of scope `outbound` knows only as a hash, or not at all.
    private static let withheld: Set<String> = ["topic", "device", "sequence"]

    /// What of a trace was looked at.
    struct Mark: Equatable {
        var version: String
        var scope: TraceScope
        var runsModel: Bool
        /// Every reading of the policy is in the trace.
        var isWhole: Bool
    }

    /// Throws when a condition, or the model where it must run, reads what `decision` does not hold.
    ///
    /// The same recorded policy is looked at once.
    static func check(
        _ decision: TraceDecision,
        _ part: Player.Part,
        _ mark: Mark
    ) throws(Diagnostic) {
        guard part.admitted != mark else { return }
        let policy = part.policy
        let held = Set(decision.fields.map(\.name))
        let fields = Set(policy.reading.fields.map(\.name))
        let captures = Set(policy.match.names)
        for reads in policy.reads {
            for variable in reads.variables {
                if variable == "payload" {
                    throw refusal(
                        policy,
                        "\(reads.reader) reads `payload`, which no trace holds",
                        hint: "name what it reads under `reading: { fields: … }` and record again"
                    )
                }
                if mark.scope == .outbound,
                    withheld.contains(variable) || captures.contains(variable)
                {
                    throw refusal(
                        policy,
                        "\(reads.reader) reads `\(variable)`, which a trace of scope `outbound` hides",
                        hint: "replay a trace of scope `local`"
                    )
                }
                if fields.contains(variable), !held.contains(variable) {
                    throw missing(variable, reads.reader, decision, policy)
                }
            }
        }
        if mark.runsModel, part.isWindowed, !mark.isWhole {
            throw refusal(
                policy,
                "the model `\(policy.model ?? "")` looks at windows, and the trace does not hold every "
                    + "reading: it is a sample, or was recorded with another model with a window",
                hint:
                    "replay with the model that was recorded, or record all decisions of a policy "
                    + "without a window"
            )
        }
        if mark.runsModel {
            for field in part.modelFields.sorted() where !held.contains(field) {
                throw missing(field, "the model `\(policy.model ?? "")`", decision, policy)
            }
        }
        part.admitted = mark
    }

    private static func missing(
        _ field: String,
        _ reader: String,
        _ decision: TraceDecision,
        _ policy: Policy
    ) -> Diagnostic {
        guard decision.withheld.contains(field) else {
            return refusal(
                policy,
                "\(reader) reads the field `\(field)`, which was not recorded",
                hint: "record again with a policy that reads it"
            )
        }
        return refusal(
            policy,
            "\(reader) reads the field `\(field)`, which the trace leaves out: it may not leave the site",
            hint:
                "replay a trace of scope `local`, or let the field out with `privacy: { send: … }`"
        )
    }

    private static func refusal(_ policy: Policy, _ message: String, hint: String) -> Diagnostic {
        Diagnostic(.error, message, hint: hint, file: policy.file)
    }
}
