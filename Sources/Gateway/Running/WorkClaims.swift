// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

/// Which slow model's worker decides the readings of which policies.
///
/// A policy belongs to the worker of its slowest model. What no model claims is left to the worker that
/// every gateway has.
struct WorkClaims {
    /// What one model's worker decides.
    struct Claim {
        var policies: Set<String> = []
        var paced: BoundPolicy.Paced
    }

    private(set) var byModel: [ModelReference: Claim] = [:]

    init(_ policies: [BoundPolicy]) {
        for bound in policies {
            let slow = bound.paces.filter(\.pace.runsOnWorker)
            let slowest = slow.max { $0.pace.estimate(rows: 1) < $1.pace.estimate(rows: 1) }
            guard let slowest else { continue }
            byModel[slowest.model, default: Claim(paced: slowest)]
                .policies.insert(bound.policy.name)
        }
    }

    /// Every policy that some model claims.
    var policies: Set<String> {
        byModel.values.reduce(into: []) { $0.formUnion($1.policies) }
    }
}
