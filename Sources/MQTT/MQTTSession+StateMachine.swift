// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The life of a connection that is made again whenever it is lost.
///
/// Events in, actions out; time and randomness are parameters, in nanoseconds on a monotonic clock
/// and drawn evenly from 0..<1.
///
/// ```
/// waiting ──(time)──▶ dialling ──dialled──▶ greeting ──accepted──▶ established
///    ▲                    │                    │                        │
///    └────────failed──────┴───────failed───────┴─────────failed─────────┘
/// ```
public struct MQTTSession: Sendable {
    /// Where it is.
    public enum State: Sendable, Equatable {
        /// No connection; the next attempt begins at this time.
        case waiting(until: Int64)
        /// The socket is being connected; given up at this time.
        case dialling(deadline: Int64)
        /// The socket is connected, the broker has not answered; given up at this time.
        case greeting(deadline: Int64)
        /// The broker has accepted us, at this time.
        case established(since: Int64)
    }

    /// What the owner shall do now.
    public enum Action: Sendable, Equatable {
        /// Nothing before this time.
        case wait(until: Int64)
        /// Connect a socket.
        case dial
        /// Give the attempt up: it takes too long.
        case giveUp
        /// Carry on: the connection is established.
        case serve
    }

    /// A connection that held for this long was a success: the next wait is short again.
    ///
    /// So was one over which messages went (`worked`) and that the network took away: a line that
    /// keeps breaking is used as much as it can be. A broker that accepts and cuts at once, or says
    /// that we shall go, is tried less and less often. See `mostShortWaits` for the limit.
    public static let steadyAfter: Int64 = 10_000_000_000
    /// So many connections that went well may be lost in a row, and one more every two seconds, before the
    /// wait after the next is half a second at least.
    public static let mostShortWaits = 100.0
    /// The same failure is reported again after this long.
    public static let reportEvery: Int64 = 60_000_000_000
    /// No broker that has answered before is given up sooner than this after the socket is connected.
    public static let shortestGreeting: Int64 = 500_000_000

    /// Where it is.
    public private(set) var state: State
    /// How many attempts in a row have failed.
    public private(set) var failures = 0
    /// How many times the broker has accepted us.
    public private(set) var connections = 0

    private let backoff: MQTTBackoff
    private let connectTimeout: Int64
    private var lastReport: (text: String, time: Int64)?
    private var hasWorked = false
    private var begun: Int64 = 0
    // The longest that an attempt took until accepted; it fades, an eighth with each one.
    private var slowest: Int64?
    // First waits that may still be short, as of `counted`.
    private var shortWaits = Self.mostShortWaits
    private var counted: Int64

    /// Makes a session whose first attempt begins at once.
    public init(backoff: MQTTBackoff, connectTimeout: Double, now: Int64) {
        self.backoff = backoff
        self.connectTimeout = Int64(connectTimeout * 1e9)
        state = .waiting(until: now)
        counted = now
    }

    /// What to do at `now`; `dial` is answered once per attempt.
    public mutating func next(at now: Int64) -> Action {
        switch state {
        case .waiting(let time):
            guard now >= time else { return .wait(until: time) }
            state = .dialling(deadline: now &+ connectTimeout)
            begun = now
            return .dial
        case .dialling(let deadline), .greeting(let deadline):
            return now >= deadline ? .giveUp : .wait(until: deadline)
        case .established:
            return .serve
        }
    }

    /// The socket is connected; the broker's answer is awaited for what is left of the time.
    ///
    /// The first attempt after a connection that went well is given up sooner, at four times what the
    /// slowest of late took: what broke the connection may have damaged the greeting, too, which leaves
    /// both ends waiting for each other. Not of the last one alone: a broker with a long queue answers
    /// the first of two connections at once and the second after it has walked the queue for the first.
    public mutating func dialled(at now: Int64) {
        guard case .dialling(var deadline) = state else { return }
        if let slowest, failures <= 1 {
            deadline = min(deadline, now &+ max(Self.shortestGreeting, 4 &* slowest))
        }
        state = .greeting(deadline: deadline)
    }

    /// The broker has accepted us.
    public mutating func accepted(at now: Int64) {
        state = .established(since: now)
        slowest = max(now - begun, (slowest ?? 0) / 8 * 7)
        connections += 1
        hasWorked = false
        lastReport = nil
    }

    /// A message has gone over this connection, either way.
    public mutating func worked() {
        if case .established = state { hasWorked = true }
    }

    /// The attempt failed or the connection is lost; the next attempt is due after the back-off.
    ///
    /// `wasToldToGo` says that the broker ended it, with a reason. The back-off begins anew after a connection
    /// that went well; where those are lost one after the other, as two gateways with one client id do
    /// to each other, they come back within half a second to a second.
    public mutating func failed(at now: Int64, randomness: Double, wasToldToGo: Bool = false) {
        if case .established(let since) = state {
            let isSuccess = hasWorked && !wasToldToGo
            if isSuccess || now - since >= Self.steadyAfter { failures = 0 }
        }
        failures += 1
        var wait = backoff.wait(afterAttempts: failures, randomness: randomness)
        if failures == 1, !takeShortWait(at: now) {
            wait = max(wait, Int64((0.5 + 0.5 * randomness) * 1e9))
        }
        state = .waiting(until: now &+ wait)
    }

    /// True when one is left; there is a new one every two seconds.
    private mutating func takeShortWait(at now: Int64) -> Bool {
        let new = Double(max(0, now - counted)) / 2e9
        shortWaits = min(shortWaits + new, Self.mostShortWaits)
        counted = now
        guard shortWaits >= 1 else { return false }
        shortWaits -= 1
        return true
    }

    /// Our side has let go; the next attempt begins when it is asked for.
    public mutating func rested(at now: Int64) {
        failures = 0
        state = .waiting(until: now)
    }

    /// True when `text` is news: it differs from the last report, or that is a minute old.
    public mutating func isNews(_ text: String, at now: Int64) -> Bool {
        if let last = lastReport, last.text == text, now - last.time < Self.reportEvery {
            return false
        }
        lastReport = (text, now)
        return true
    }
}
