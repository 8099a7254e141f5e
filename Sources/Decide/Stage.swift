// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL

/// One model of a policy's cascade, and when its answer is taken.
public struct Stage: Sendable {
    /// The model.
    public let model: String
    /// The condition under which its finding is the one that rules see, as it is written; nil for the
    /// last stage, whose finding is taken as it is.
    public var accept: String? { condition?.source }

    let condition: Program?
}
