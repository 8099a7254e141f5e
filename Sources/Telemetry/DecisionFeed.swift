// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
public import Vocabulary

/// Decisions as they happen, for whoever looks on: the lines of the decision log, to any number of listeners.
///
/// While nobody listens it costs one relaxed load a decision. While somebody does, every decision that
/// is logged anyhow is handed on, and of the others as many as `linesPerSecond` for each filter. The
/// newest lines wait in one ring that all listeners read at their own pace; who is too slow, or wants
/// more than may be made, loses lines and is told how many. Nothing of it touches a disk.
///
/// Who decides never waits for who listens, whose threads may be kept from the processor for long: lines are put down
/// without a lock, and taken up by listeners.
public final class DecisionFeed: Sendable {
    /// How many lines the ring keeps.
    public static let capacity = 4_096
    /// How many bytes the ring keeps.
    public static let byteLimit = 8 << 20
    /// How many different filters there are at once.
    public static let filterLimit = 64
    /// How many lines may wait to be taken up before who decides tries to do so itself.
    private static let fewLines = 64

    /// What a decision is about, as far as it can be filtered by.
    public struct Subject: Hashable, Sendable {
        /// The policy's name.
        public var policy: String
        /// The route's name.
        public var route: String
        /// The device.
        public var device: String

        /// Makes a subject.
        public init(policy: String, route: String, device: String) {
            self.policy = policy
            self.route = route
            self.device = device
        }
    }

    /// Which decisions a listener wants; nil for any.
    public struct Filter: Hashable, Sendable {
        /// The policy's name.
        public var policy: String?
        /// The route's name.
        public var route: String?
        /// The device, exactly.
        public var device: String?

        /// Makes a filter.
        public init(policy: String? = nil, route: String? = nil, device: String? = nil) {
            self.policy = policy
            self.route = route
            self.device = device
        }

        /// True for a decision about `subject` that is wanted.
        public func admits(_ subject: Subject) -> Bool {
            (policy ?? subject.policy) == subject.policy
                && (route ?? subject.route) == subject.route
                && (device ?? subject.device) == subject.device
        }
    }

    private struct Entry {
        var line: [UInt8]
        var subject: Subject
    }

    /// Those who listen with the same filter.
    private final class Audience: Sendable {
        struct Budget {
            var lines: Double
            var refilled: MonotonicInstant?
        }

        let filter: Filter
        /// Taken by those who decide, and by nobody else.
        let budget: Mutex<Budget>
        /// How many lines were not made because the budget was spent.
        let leftOut = Atomic<Int>(0)

        init(_ filter: Filter, linesPerSecond: Double) {
            self.filter = filter
            budget = Mutex(Budget(lines: linesPerSecond))
        }

        /// Takes one line from the budget, which refills with time.
        func take(_ now: MonotonicInstant, _ linesPerSecond: Double) -> Bool {
            budget.withLock { budget in
                if let refilled = budget.refilled {
                    let more = max(0, (now - refilled).seconds) * linesPerSecond
                    budget.lines = min(linesPerSecond, budget.lines + more)
                }
                budget.refilled = now
                guard budget.lines >= 1 else { return false }
                budget.lines -= 1
                return true
            }
        }
    }

    private struct Seat {
        var audience: Audience
        var listeners = 0
    }

    private struct Ring {
        var entries: [Entry?] = []
        /// The number of the oldest line kept, and of the next one.
        var first = 0
        var next = 0
        var bytes = 0
    }

    private let linesPerSecond: Double
    private let listeners = Atomic<Int>(0)
    /// Who has come, for those who come and go.
    private let seats = Mutex<[Filter: Seat]>([:])
    /// The same for those who decide: held to take the list, and to put another in its place.
    private let audiences = Mutex<[Audience]>([])
    /// What those who decide have put down and nobody has taken up yet.
    private let fresh = FreshLines<Entry>()
    /// How many lines found no room there.
    private let overrun = Atomic<Int>(0)
    /// What was taken up; who decides never waits for it.
    private let ring = Mutex(Ring())

    /// Makes a feed that nobody listens to yet.
    public init(linesPerSecond: Double = 500) {
        self.linesPerSecond = linesPerSecond
    }

    /// True while somebody listens.
    public var isHeard: Bool { listeners.load(ordering: .relaxed) > 0 }

    /// How many listen.
    public var audience: Int { listeners.load(ordering: .relaxed) }

    /// Begins to listen: what is published from now on can be taken.
    ///
    /// Nil when too many different filters are in use.
    public func listen(_ filter: Filter = Filter()) -> DecisionListener? {
        let isSeated = seats.withLock { seats in
            guard seats[filter] != nil || seats.count < Self.filterLimit else { return false }
            let isNew = seats[filter] == nil
            let newcomer = Seat(audience: Audience(filter, linesPerSecond: linesPerSecond))
            seats[filter, default: newcomer].listeners += 1
            if isNew { show(seats) }
            return true
        }
        guard isSeated else { return nil }
        let cursor = ring.withLock { ring in
            takeUp(&ring)
            if ring.entries.isEmpty {
                ring.entries = Array(repeating: nil, count: Self.capacity)
            }
            listeners.wrappingAdd(1, ordering: .relaxed)
            return ring.next
        }
        return DecisionListener(self, filter, cursor: cursor)
    }

    /// Lets those who decide know who listens.
    private func show(_ seats: [Filter: Seat]) {
        var all = seats.values.map(\.audience)
        // What it was is let go of when the lock is free again.
        audiences.withLock { swap(&$0, &all) }
    }

    /// Whether a line about `subject` should be made and published; waits for nobody who listens.
    ///
    /// `isWritten` says that it is made for the log anyhow, so that no budget is asked.
    public func wants(
        _ subject: @autoclosure () -> Subject,
        isWritten: Bool,
        at now: @autoclosure () -> MonotonicInstant
    ) -> Bool {
        guard isHeard else { return false }
        let (subject, now) = (subject(), now())
        let audiences = audiences.withLock { $0 }
        if isWritten { return audiences.contains { $0.filter.admits(subject) } }
        for audience in audiences
        where audience.filter.admits(subject) && audience.take(now, linesPerSecond) {
            return true
        }
        for audience in audiences where audience.filter.admits(subject) {
            audience.leftOut.wrappingAdd(1, ordering: .relaxed)
        }
        return false
    }

    /// Hands a line to those who listen; any thread, and it waits for none of them.
    public func publish(_ line: [UInt8], _ subject: Subject) {
        guard isHeard else { return }
        // Where listeners are slow, old lines make room for new ones.
        if fresh.count >= Self.fewLines { _ = ring.withLockIfAvailable { takeUp(&$0) } }
        let isPut = fresh.put(
            Entry(line: line, subject: subject),
            bytes: line.count,
            most: Self.capacity,
            mostBytes: Self.byteLimit
        )
        if !isPut { overrun.wrappingAdd(1, ordering: .relaxed) }
    }

    /// Moves what was put down into the ring.
    private func takeUp(_ ring: inout Ring) {
        let entries = fresh.take()
        guard !ring.entries.isEmpty else { return }
        for entry in entries {
            ring.entries[ring.next % Self.capacity] = entry
            ring.next += 1
            ring.bytes += entry.line.count
            while ring.next - ring.first > Self.capacity - 1 || ring.bytes > Self.byteLimit {
                let place = ring.first % Self.capacity
                ring.bytes -= ring.entries[place]?.line.count ?? 0
                ring.entries[place] = nil
                ring.first += 1
            }
        }
    }

    /// The lines kept that have `text` near their beginning, oldest first.
    public func lines(containing text: String) -> [[UInt8]] {
        let key = Array(text.utf8)
        return ring.withLock { ring in
            takeUp(&ring)
            return ring.entries.isEmpty
                ? []
                : (ring.first..<ring.next).compactMap { number in
                    guard let line = ring.entries[number % Self.capacity]?.line else { return nil }
                    let start = line.prefix(128 + key.count)
                    return start.firstRange(of: key) == nil ? nil : line
                }
        }
    }

    /// What is there for a listener, and moves it on.
    fileprivate func take(
        most: Int,
        _ filter: Filter,
        _ place: inout DecisionListener.Place
    ) -> DecisionListener.Taken {
        let audience = seats.withLock { $0[filter]?.audience }
        var taken = DecisionListener.Taken()
        let leftOut =
            (audience?.leftOut.load(ordering: .relaxed) ?? 0) + overrun.load(ordering: .relaxed)
        taken.lost = max(0, leftOut - (place.leftOut ?? leftOut))
        place.leftOut = leftOut
        ring.withLock { ring in
            takeUp(&ring)
            if place.cursor < ring.first {
                taken.lost += ring.first - place.cursor
                place.cursor = ring.first
            }
            while place.cursor < ring.next, taken.lines.count < most {
                let entry = ring.entries[place.cursor % Self.capacity]
                place.cursor += 1
                if let entry, filter.admits(entry.subject) { taken.lines.append(entry.line) }
            }
        }
        return taken
    }

    /// A listener has gone; with the last one everything that waits goes as well.
    fileprivate func leave(_ filter: Filter) {
        seats.withLock { seats in
            seats[filter]?.listeners -= 1
            guard seats[filter]?.listeners == 0 else { return }
            seats[filter] = nil
            show(seats)
        }
        ring.withLock { ring in
            let left = listeners.wrappingSubtract(1, ordering: .relaxed).newValue
            guard left == 0 else { return }
            ring.entries = []
            takeUp(&ring)
            ring.first = ring.next
            ring.bytes = 0
        }
    }
}

/// One who listens to a feed of decisions, until it is let go.
public final class DecisionListener: Sendable {
    /// What there was to take.
    public struct Taken: Sendable {
        /// Lines of the decision log, oldest first.
        public var lines: [[UInt8]] = []
        /// How many decisions at most were missed since the last time.
        public var lost = 0

        /// Nothing, so far.
        public init() {}
    }

    fileprivate struct Place {
        var cursor: Int
        /// How many lines had been left out for its filter when it last looked.
        var leftOut: Int?
    }

    private let feed: DecisionFeed
    private let filter: DecisionFeed.Filter
    private let place: Mutex<Place>

    fileprivate init(_ feed: DecisionFeed, _ filter: DecisionFeed.Filter, cursor: Int) {
        self.feed = feed
        self.filter = filter
        place = Mutex(Place(cursor: cursor))
    }

    deinit { feed.leave(filter) }

    /// Takes what has come since the last time, `most` lines of it; never waits.
    public func take(most: Int = 256) -> Taken {
        place.withLock { feed.take(most: most, filter, &$0) }
    }
}
