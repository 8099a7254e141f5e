// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Vocabulary

/// What a row says of the policy it comes from.
///
/// Kept by whoever may have to make the row; with the whole policy, every reading would count up some thirty
/// references for it.
struct RowOrigin: Sendable {
    var policy: String
    var version: String
    var timeToLive: Interval?

    init(_ policy: Policy) {
        self.policy = policy.name
        version = policy.version
        timeToLive = policy.timeToLive
    }
}
