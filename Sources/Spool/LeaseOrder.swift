// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Whose rows are taken first, inside one priority; each stream's rows are in order either way.
public enum LeaseOrder: Sendable {
    /// The oldest.
    case arrival
    /// Those of the stream that is owed least; of every batch a quarter goes to the oldest, so that
    /// small debts that come again and again do not keep a large one from being served.
    case smallestDebt
}
