// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Spool

/// Keeps budgets in the spool, so that they are as safe as what was acknowledged.
struct SpoolBudgets: BudgetStore {
    private static let prefix = "budget."

    private let spool: SpoolStore
    private let former: [String: [UInt8]]

    /// Reads what an earlier run left.
    init(_ spool: SpoolStore) throws(SpoolError) {
        self.spool = spool
        former = try spool.meta(prefix: Self.prefix)
    }

    func budget(of server: String) -> [UInt8]? {
        former[Self.prefix + server]
    }

    func keep(
        _ record: [UInt8],
        of server: String,
        whenDone: @escaping @Sendable (_ isDurable: Bool) -> Void
    ) {
        var change = SpoolChange()
        change.meta.append(.init(key: Self.prefix + server, value: record))
        spool.submit(change) { result in
            switch result {
            case .success: whenDone(true)
            case .failure: whenDone(false)
            }
        }
    }
}
