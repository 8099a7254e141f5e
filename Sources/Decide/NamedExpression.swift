// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL

/// One sub-expression of a policy with a name: conditions read it like a variable.
///
/// It is evaluated when, and only when, a condition reads it, and at most once a reading.
public struct NamedExpression: Sendable {
    /// Its name.
    public let name: String
    /// The expression as it is written.
    public var source: String { program.source }

    let slot: Int
    let program: Program
}
