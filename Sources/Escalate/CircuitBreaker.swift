// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// When an endpoint counts as broken, and how it is tried again.
public struct BreakerOptions: Hashable, Sendable {
    /// How many of the latest calls are looked at.
    public var window: Int
    /// How old a call may be to be looked at.
    public var windowTime: Interval
    /// Fewer calls than this say nothing.
    public var minimumCalls: Int
    /// The share of failed calls that opens it, 0…1.
    public var failureRatio: Double
    /// How long it stays open at first; doubles each time a trial fails.
    public var openTime: Interval
    /// How long it stays open at most.
    public var maximumOpenTime: Interval
    /// How many calls are tried while it is half open, and must succeed.
    public var trials: Int

    /// Makes a set of options.
    public init(
        window: Int = 20,
        windowTime: Interval = .seconds(60),
        minimumCalls: Int = 5,
        failureRatio: Double = 0.5,
        openTime: Interval = .seconds(1),
        maximumOpenTime: Interval = .seconds(15),
        trials: Int = 2
    ) {
        self.window = max(1, window)
        self.windowTime = windowTime
        self.minimumCalls = max(1, min(minimumCalls, window))
        self.failureRatio = failureRatio
        self.openTime = openTime
        self.maximumOpenTime = maximumOpenTime
        self.trials = max(1, trials)
    }
}

/// Stops calls to an endpoint that fails, so that nobody waits for what will not come.
///
/// ```
///            too many of the latest calls failed
///   closed ───────────────────────────────────────▶ open ◀──────────────┐
///     ▲                                              │ its time is over, │ a trial
///     │ all trials succeeded                         │ a probe succeeded │ failed
///     └───────────────────────────────── half open ◀─┴───────────────────┘
/// ```
/// Pure: events and the time go in, the state is read out. A probe must succeed before anything real is
/// risked, because a trial costs a message its deadline.
struct CircuitBreaker: Sendable {
    /// What a call came to.
    enum Outcome: Sendable {
        /// It was answered.
        case success
        /// It was not, and the endpoint or the way to it is to blame.
        case failure
        /// It says nothing about the endpoint.
        case neither
    }

    /// Leave to make one call; calls begun before the last change of state no longer count.
    struct Permit: Equatable, Sendable {
        fileprivate(set) var generation: Int
    }

    enum Phase: Equatable, Sendable {
        case closed
        case open(until: MonotonicInstant)
        case halfOpen(underWay: Int, succeeded: Int)
    }

    let options: BreakerOptions
    var phase = Phase.closed
    var generation = 0
    /// The latest outcomes while closed, oldest first.
    var recent: [(isFailure: Bool, at: MonotonicInstant)] = []
    /// How often it has opened since it last closed.
    var openings = 0

    init(options: BreakerOptions) {
        self.options = options
    }

    /// The state as conditions see it.
    var state: CloudFacts.Breaker {
        switch phase {
        case .closed: .closed
        case .open: .open
        case .halfOpen: .halfOpen
        }
    }

    /// True when a call would be let through now.
    var admits: Bool { room > 0 }

    /// How many more calls would be let through at once.
    var room: Int {
        switch phase {
        case .closed: .max
        case .open: 0
        case .halfOpen(let underWay, _): max(0, options.trials - underWay)
        }
    }

    /// Leave for one call, to be reported back by `record`; nil when there is none.
    mutating func admit() -> Permit? {
        guard admits else { return nil }
        if case .halfOpen(let underWay, let succeeded) = phase {
            phase = .halfOpen(underWay: underWay + 1, succeeded: succeeded)
        }
        return Permit(generation: generation)
    }
}
