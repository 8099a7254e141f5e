// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

/// Rows of one priority in their order of arrival, found from the heads of their streams.
///
/// A step costs two index look-ups however long the backlog is: the head of the next stream, and the
/// next row of a stream the caller wants more of. A stream that is not continued costs its head only.
struct StreamWalk: RowWalk {
    struct Step: Equatable {
        var id: Int64
        var stream: Int64
    }

    /// Where rows are looked for: all streams of a way, or those of one policy.
    struct Place: Hashable {
        var way: Way
        var policy: String?
    }

    private struct Source {
        var place: Place
        var heads: [Step] = []
        var next = 0
        var cursor = Int64.min
        var isExhausted = false
    }

    static let nextHeads = """
        SELECT head, id FROM streams WHERE way = ? AND priority = ? AND head > ?
          AND head < \(SpoolSchema.noHead) ORDER BY head LIMIT ?
        """
    static let nextHeadsOfPolicy = """
        SELECT head, id FROM streams WHERE way = ? AND priority = ? AND policy = ? AND head > ?
          AND head < \(SpoolSchema.noHead) ORDER BY head LIMIT ?
        """
    static let nextPolicy = """
        SELECT min(policy) FROM streams WHERE way = ? AND priority = ? AND policy > ?
        """
    static let nextRow = """
        SELECT id FROM entries WHERE stream = ? AND parked = 0 AND id > ? ORDER BY id LIMIT 1
        """
    private static let page = 64

    private let priority: Priority
    private var sources: [Source]
    // Next rows of the streams that are being continued, the oldest last.
    private var frontier: [Step] = []

    init(ways: Set<Way>, priority: Priority) {
        self.init(places: ways.map { Place(way: $0) }, priority: priority)
    }

    init(places: [Place], priority: Priority) {
        self.priority = priority
        sources = places.map { Source(place: $0) }
    }

    /// The policies that have streams of `way`, in the order of their names; one look-up each.
    static func policies(of way: Way, _ priority: Priority, _ db: Database) throws -> [String] {
        // Streams of no policy sort before all others.
        var policies = [""]
        while let last = policies.last {
            var found: String?
            try db.each(nextPolicy, [way.rawValue, priority.rawValue, last]) { row in
                found = try? row.text(0)
            }
            guard let found else { break }
            policies.append(found)
        }
        return policies
    }

    /// The oldest row not passed yet; nil when there is none.
    mutating func next(_ db: Database) throws -> Step? {
        var oldest: (source: Int, step: Step)?
        for source in sources.indices {
            try fill(source, db)
            guard let step = head(source), step.id < oldest?.step.id ?? .max else { continue }
            oldest = (source, step)
        }
        if let last = frontier.last, last.id < oldest?.step.id ?? .max {
            return frontier.popLast()
        }
        guard let oldest else { return nil }
        sources[oldest.source].next += 1
        return oldest.step
    }

    /// Goes on in the stream of `step`; without this call the rest of that stream is left out.
    mutating func `continue`(after step: Step, _ db: Database) throws {
        let id = try db.integer(Self.nextRow, [step.stream, step.id])
        guard let id else { return }
        let place = frontier.partition(beforeFirstOlderThan: id)
        frontier.insert(Step(id: id, stream: step.stream), at: place)
    }

    private func head(_ index: Int) -> Step? {
        let source = sources[index]
        return source.next < source.heads.count ? source.heads[source.next] : nil
    }

    private mutating func fill(_ index: Int, _ db: Database) throws {
        guard sources[index].next == sources[index].heads.count, !sources[index].isExhausted
        else { return }
        var heads: [Step] = []
        let place = sources[index].place
        let key: StatementArguments = [place.way.rawValue, priority.rawValue]
        try db.each(
            place.policy == nil ? Self.nextHeads : Self.nextHeadsOfPolicy,
            key + (place.policy.map { [$0] } ?? []) + [sources[index].cursor, Self.page]
        ) { row in
            heads.append(Step(id: try row.integer(0), stream: try row.integer(1)))
        }
        sources[index].isExhausted = heads.count < Self.page
        sources[index].cursor = heads.last?.id ?? .max
        sources[index].heads = heads
        sources[index].next = 0
    }
}

extension [StreamWalk.Step] {
    /// Where a row belongs in an array that runs from young to old.
    fileprivate func partition(beforeFirstOlderThan id: Int64) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].id > id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
