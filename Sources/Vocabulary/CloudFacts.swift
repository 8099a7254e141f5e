// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The state of one endpoint at one moment, as conditions see it.
public struct CloudFacts: Equatable, Sendable {
    /// The states of a circuit breaker.
    public enum Breaker: String, Codable, CaseIterable, Sendable {
        /// Calls go through.
        case closed
        /// Calls are refused without being tried.
        case open
        /// A few calls are tried to see whether it has recovered.
        case halfOpen = "half_open"
    }

    /// True when a call would be tried now: breaker not open, room in flight, budget left.
    public var isUp: Bool
    /// The median latency; the endpoint's timeout until there are samples.
    public var p50: Interval
    /// The 95th percentile of latency; the endpoint's timeout until there are samples.
    public var p95: Interval
    /// How many samples the quantiles rest on.
    public var samples: Int
    /// Calls under way.
    public var inFlight: Int
    /// The breaker's state.
    public var breaker: Breaker
    /// What is left of the budget, 0…1; 1 when none is set.
    public var budgetLeft: Double
    /// The money left of the tightest budget of money; nil when none is set.
    public var moneyLeft: Double?
    /// The calls left of the tightest budget of calls; nil when none is set.
    public var callsLeft: Int64?

    /// Makes a set of facts.
    public init(
        isUp: Bool,
        p50: Interval,
        p95: Interval,
        samples: Int,
        inFlight: Int,
        breaker: Breaker,
        budgetLeft: Double,
        moneyLeft: Double? = nil,
        callsLeft: Int64? = nil
    ) {
        self.isUp = isUp
        self.p50 = p50
        self.p95 = p95
        self.samples = samples
        self.inFlight = inFlight
        self.breaker = breaker
        self.budgetLeft = budgetLeft
        self.moneyLeft = moneyLeft
        self.callsLeft = callsLeft
    }

    /// What a policy without endpoints sees: nobody to ask.
    public static let absent = CloudFacts(
        isUp: false,
        p50: .zero,
        p95: .zero,
        samples: 0,
        inFlight: 0,
        breaker: .open,
        budgetLeft: 0
    )
}

/// The state of the spool at one moment, as conditions see it.
public struct QueueFacts: Equatable, Sendable {
    /// Rows waiting.
    public var depth: Int
    /// Bytes in use, pages and write-ahead log.
    public var bytes: Int
    /// Bytes in use as a fraction of the cap, 0…1.
    public var fill: Double
    /// The age of the oldest row.
    public var oldest: Interval
    /// How long the room lasts at the rate at which it is being used up; nil when it is not.
    public var headRoom: Interval?

    /// What conditions see as head-room where the spool is not filling up: a year.
    public static let endless = Interval.seconds(365 * 86_400)

    /// Makes a set of facts.
    public init(
        depth: Int,
        bytes: Int,
        fill: Double,
        oldest: Interval,
        headRoom: Interval? = nil
    ) {
        self.headRoom = headRoom
        self.depth = depth
        self.bytes = bytes
        self.fill = fill
        self.oldest = oldest
    }
}
