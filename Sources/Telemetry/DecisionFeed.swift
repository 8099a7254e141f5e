// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
public import Vocabulary

/// Decisions as they happen, for whoever looks on: the lines of the decision log, to any number of listeners.
///
/// While nobody listens it costs one relaxed load a decision. While somebody does, every decision that
/// is logged anyhow is handed on, and of the others as many as `linesPerSecond` for each filter. The
/// newest lines wait in one ring that all listeners read at their own pace; who is too slow, or wants
/// more than may be made, loses lines and is told how many. Nothing of it ever waits, or touches a disk.
public final class DecisionFeed: Sendable {
    /// How many lines the ring keeps.
    public static let capacity = 4_096
    /// How many bytes the ring keeps.
    public static let byteLimit = 8 << 20
    /// How many different filters there are at once.
    public static let filterLimit = 64

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
    private struct Audience {
        var listeners = 0
        var budget: Double
        var refilled: MonotonicInstant?
        /// How many lines were not made because the budget was spent.
        var leftOut = 0
    }

    private struct Ring {
        var entries: [Entry?] = []
        /// The number of the oldest line kept, and of the next one.
        var first = 0
        var next = 0
        var bytes = 0
        var audiences: [Filter: Audience] = [:]
    }

    private let linesPerSecond: Double
    private let listeners = Atomic<Int>(0)
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
        let cursor: Int? = ring.withLock { ring in
            let isNew = ring.audiences[filter] == nil
            guard !isNew || ring.audiences.count < Self.filterLimit else { return nil }
            ring.audiences[filter, default: Audience(budget: linesPerSecond)].listeners += 1
            if ring.entries.isEmpty {
                ring.entries = Array(repeating: nil, count: Self.capacity)
            }
            listeners.wrappingAdd(1, ordering: .relaxed)
            return ring.next
        }
        return cursor.map { DecisionListener(self, filter, cursor: $0) }
    }

    /// Whether a line about `subject` should be made and published.
    ///
    /// `isWritten` says that it is made for the log anyhow, so that no budget is asked.
    public func wants(
        _ subject: @autoclosure () -> Subject,
        isWritten: Bool,
        at now: @autoclosure () -> MonotonicInstant
    ) -> Bool {
        guard isHeard else { return false }
        let (subject, now) = (subject(), now())
        return ring.withLock { ring in
            let matching = ring.audiences.keys.filter { $0.admits(subject) }
            if isWritten { return !matching.isEmpty }
            for filter in matching where take(from: &ring.audiences[filter], now) { return true }
            for filter in matching { ring.audiences[filter]?.leftOut += 1 }
            return false
        }
    }

    /// Takes one line from an audience's budget, which refills with time.
    private func take(from audience: inout Audience?, _ now: MonotonicInstant) -> Bool {
        guard var found = audience else { return false }
        defer { audience = found }
        if let refilled = found.refilled {
            let more = max(0, (now - refilled).seconds) * linesPerSecond
            found.budget = min(linesPerSecond, found.budget + more)
        }
        found.refilled = now
        guard found.budget >= 1 else { return false }
        found.budget -= 1
        return true
    }

    /// Hands a line to those who listen; any thread, and it never waits for one of them.
    public func publish(_ line: [UInt8], _ subject: Subject) {
        ring.withLock { ring in
            guard !ring.audiences.isEmpty else { return }
            ring.entries[ring.next % Self.capacity] = Entry(line: line, subject: subject)
            ring.next += 1
            ring.bytes += line.count
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
            ring.entries.isEmpty
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
        ring.withLock { ring in
            var taken = DecisionListener.Taken()
            let leftOut = ring.audiences[filter]?.leftOut ?? 0
            taken.lost = max(0, leftOut - (place.leftOut ?? leftOut))
            place.leftOut = leftOut
            if place.cursor < ring.first {
                taken.lost += ring.first - place.cursor
                place.cursor = ring.first
            }
            while place.cursor < ring.next, taken.lines.count < most {
                let entry = ring.entries[place.cursor % Self.capacity]
                place.cursor += 1
                if let entry, filter.admits(entry.subject) { taken.lines.append(entry.line) }
            }
            return taken
        }
    }

    /// A listener has gone; with the last one everything that waits goes as well.
    fileprivate func leave(_ filter: Filter) {
        listeners.wrappingSubtract(1, ordering: .relaxed)
        ring.withLock { ring in
            ring.audiences[filter]?.listeners -= 1
            guard ring.audiences[filter]?.listeners == 0 else { return }
            ring.audiences[filter] = nil
            guard ring.audiences.isEmpty else { return }
            ring.entries = []
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
