// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What ends a row's delay before its time; each ends what those before it do.
public enum DelayEnd: Int, Comparable, Sendable {
    /// The way out seems to be back.
    case reached
    /// Who is out there does again what it is asked.
    case answered
    /// Somebody says so.
    case word

    /// True when `left` ends less than `right`.
    public static func < (left: DelayEnd, right: DelayEnd) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension SpoolStore {
    /// Ends the delays of released rows that `end` ends, so that they may be leased at once; any thread.
    ///
    /// `completion` follows when it is done; delays are in memory only, so that nothing is written.
    public func endDelays(
        by end: DelayEnd,
        completion: @escaping @Sendable () -> Void = {}
    ) {
        committer.add(
            ClosureJob(pages: 0) { ledger, _ in
                ledger.leases.endDelays(by: end)
            } completion: { _ in
                completion()
            }
        )
    }
}
