// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// When a lane reads, how long it pauses first, and when it settles; time is a parameter.
struct LanePacing {
    /// What is due now.
    enum Step: Equatable {
        /// Nothing is open: acknowledgements may leave.
        case clear
        /// Settle now.
        case settle
        /// What is open may wait until this time for more to share its commit.
        case linger(until: MonotonicInstant)
    }

    /// Messages read and not yet settled.
    private(set) var open = 0
    /// How many were settled last: about as many acknowledgements leave together.
    private(set) var lastOpen = 0
    private var lastRead: MonotonicInstant?
    private var density = Density()
    /// When the last of the room was used.
    private var full: MonotonicInstant?
    private static let patience: Int64 = 4
    private let coalescing: Interval
    private let linger: Interval
    private let most: Int

    /// `window` is what the broker sends without an acknowledgement.
    init(coalescing: Interval, linger: Interval, maximumUnsettled: Int, window: Int) {
        self.coalescing = min(max(coalescing, .zero), .milliseconds(1))
        self.linger = max(linger, .zero)
        most = max(1, min(maximumUnsettled, window))
    }

    /// How many more messages may be read before the next settle.
    var room: Int { max(0, most - open) }

    /// How long to let the socket fill before it is read at `now`.
    ///
    /// One read per `coalescing` when traffic is dense, and more where there is less to gain. Sparse traffic,
    /// of which hardly more than one message would come in that time, is read at once.
    func pause(at now: MonotonicInstant) -> Interval {
        guard let lastRead else { return .zero }
        let length = density.pause(atMost: coalescing)
        return max(.zero, min(length, lastRead + length - now))
    }

    /// Notes that `count` messages were read; `now` is the time after the read.
    ///
    /// A read that used all the room is followed at once: more waits in the socket, or the broker
    /// waits for the acknowledgements.
    mutating func read(_ count: Int, at now: MonotonicInstant) {
        open += count
        density.note(count, within: coalescing, at: now)
        lastRead = room > 0 ? now : nil
        full = room > 0 ? nil : now
    }

    /// What is due at `now`.
    ///
    /// What is full can gain no company. Where it `awaitsSoon` it lingers all the same, and for longer,
    /// because a broker needs some milliseconds to take so many: an action that is done before the commit
    /// is no row, which would have to be written and deleted again.
    func step(
        at now: MonotonicInstant,
        isComplete: Bool,
        awaitsSoon: Bool,
        unsettledSince: MonotonicInstant?
    ) -> Step {
        guard open > 0 else { return .clear }
        guard !isComplete, let unsettledSince else { return .settle }
        var end = unsettledSince + linger
        if room == 0 {
            guard awaitsSoon, let full else { return .settle }
            end = full + Interval(nanoseconds: linger.nanoseconds * Self.patience)
        }
        return now >= end ? .settle : .linger(until: end)
    }

    /// Notes that everything read is settled or forgotten.
    mutating func closed() {
        lastOpen = open
        open = 0
        full = nil
    }
}

extension LanePacing {
    /// How many messages came in the last `coalescing` or two.
    private struct Density {
        private var since: MonotonicInstant?
        private var messages = 0
        private var before = 0
        /// From so many on, a system call and a run of the model shared by more of them are worth their wait.
        private static let worthHalf = 4
        private static let worthAll = 32

        mutating func note(_ count: Int, within length: Interval, at now: MonotonicInstant) {
            let age = since.map { now - $0 } ?? length + length
            if age >= length {
                before = age < length + length ? messages : 0
                messages = 0
                since = now
            }
            messages += count
        }

        func pause(atMost length: Interval) -> Interval {
            switch max(messages, before) {
            case ..<Self.worthHalf: .zero
            case ..<Self.worthAll: Interval(nanoseconds: length.nanoseconds / 2)
            default: length
            }
        }
    }
}
