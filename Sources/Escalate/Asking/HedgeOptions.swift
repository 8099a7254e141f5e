// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// When a slow call about live questions is sent a second time, so that one lost packet or one slow server does
/// not decide.
///
/// Source: J. Dean and L. A. Barroso, "The Tail at Scale", CACM 56(2), 2013.
public struct HedgeOptions: Hashable, Sendable {
    /// When a call counts as slow.
    public enum Delay: Hashable, Sendable {
        /// After the time 95 % of the latest calls took; never before there are 20 of them.
        case observed
        /// After a fixed time.
        case fixed(Interval)
    }

    /// When the second call is sent.
    public var after: Delay
    /// How many calls may be sent twice, as a share of all, 0…1.
    public var share: Double

    /// Makes a set of options.
    public init(after: Delay = .observed, share: Double = 0.02) {
        self.after = after
        self.share = min(max(0, share), 1)
    }
}
