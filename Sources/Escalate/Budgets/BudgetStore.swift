// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Where budgets are kept, so that a crash forgets nothing that was spent.
public protocol BudgetStore: Sendable {
    /// What was last written for a server; nil when nothing was.
    func budget(of server: String) -> [UInt8]?
    /// Writes; `whenDone` says, on any thread and exactly once, whether it is safe on disk.
    func keep(
        _ record: [UInt8],
        of server: String,
        whenDone: @escaping @Sendable (_ isDurable: Bool) -> Void
    )
}

/// Keeps budgets for as long as the process lives, for where there is no disk to keep them on.
public final class BudgetMemory: BudgetStore {
    private let records = Mutex<[String: [UInt8]]>([:])

    /// Makes an empty memory.
    public init() {}

    /// What was last written for a server.
    public func budget(of server: String) -> [UInt8]? { records.withLock { $0[server] } }

    /// Writes at once.
    public func keep(
        _ record: [UInt8],
        of server: String,
        whenDone: @escaping @Sendable (_ isDurable: Bool) -> Void
    ) {
        records.withLock { $0[server] = record }
        whenDone(true)
    }
}
