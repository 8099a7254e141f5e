// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Vocabulary

/// What one call pays: once for each time it is sent.
final class BudgetToll: Sendable {
    private let account: BudgetAccount
    private let body: Int
    private let options: EndpointOptions
    private let receipts = Mutex<[BudgetLedger.Receipt]>([])

    init(_ account: BudgetAccount, body: Int, options: EndpointOptions) {
        self.account = account
        self.body = body
        self.options = options
    }

    /// Pays for sending it once; how long its reply may be.
    func pay() async throws(CallFailure) -> Int {
        let taken = await account.take(
            body: body,
            reply: options.maximumReplyBytes,
            callsAtOnce: options.maximumInFlight
        )
        switch taken {
        case .success(let (receipt, reply)):
            receipts.withLock { $0.append(receipt) }
            return reply
        case .failure(.refused(let refusal)):
            var failure = CallFailure.unavailable(
                "the budget of \(refusal.limit) is spent",
                countsAs: .neither
            )
            failure.isOverBudget = true
            failure.retryAfter = min(refusal.wait, EndpointState.longestBudgetWait)
            throw failure
        case .failure(.notKept):
            var failure = CallFailure.unavailable(
                "the budget cannot be written down, so nothing is spent",
                countsAs: .neither
            )
            failure.isOverBudget = true
            throw failure
        }
    }

    /// Ends it: only the last sending can have stayed here, and only its reply is known.
    func settle(reply: Int?, wasSent: Bool) {
        let receipts = receipts.withLock { receipts in
            defer { receipts = [] }
            return receipts
        }
        for (index, receipt) in receipts.enumerated() {
            let isLast = index == receipts.count - 1
            account.settle(
                receipt,
                sent: wasSent || !isLast,
                // What came of a reply before it broke off is not known: all of it counts.
                bytes: isLast ? reply.map { body + $0 } : nil
            )
        }
    }
}
