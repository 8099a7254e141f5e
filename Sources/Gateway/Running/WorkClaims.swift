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

/// When a worker takes the rows there are: at once, or when there is company enough.
///
/// The rule of `max_wait`: a run begins when it is full, or when the first of its readings has been on
/// disk for that long. Pure: time is a parameter.
struct Company {
    private var since: MonotonicInstant?

    /// How long to wait yet, zero to take them now; nil while there are none.
    mutating func wait(
        of waiting: Int,
        maximumBatch: Int,
        maximumWait: Interval,
        at now: MonotonicInstant
    ) -> Interval? {
        guard waiting > 0 else {
            since = nil
            return nil
        }
        let start = since ?? now
        let left = maximumWait - (now - start)
        guard left > .zero, waiting < maximumBatch else {
            since = nil
            return .zero
        }
        since = start
        return left
    }
}
