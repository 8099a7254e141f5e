// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import TestKit
import Testing
import Vocabulary

/// What the spool promises, without a disk: the simplest thing that keeps the same promises.
struct SpoolModel {
    struct Entry: Equatable {
        var id: Int64
        var key: String
        var kind: EntryKind
        var priority: Priority
        var device: String
        var expires: Int64?
        var attempts = 0
        var body: [UInt8]
        var isLeased = false
        var delayedUntil: Int64 = 0

        var stream: String {
            switch kind {
            case .pending: "decide \(device)"
            case .escalation, .deferral: "cloud \(device)"
            case .action: "act \(device)"
            case .audit: "audit \(device)"
            case .delivery: "sink \(device)"
            }
        }
    }

    var entries: [Entry] = []
    var expired = 0
    var now: Int64 = 0

    mutating func lease(_ kinds: Set<EntryKind>, _ limit: Int) -> [Entry] {
        var taken: [Entry] = []
        var gone: Set<Int64> = []
        for priority in Priority.allCases {
            var blocked: Set<String> = []
            for index in entries.indices where entries[index].priority == priority {
                guard taken.count < limit else { break }
                let entry = entries[index]
                guard kinds.contains(where: { Self.isSameWay($0, entry.kind) }),
                    !blocked.contains(entry.stream)
                else { continue }
                if entry.isLeased || entry.delayedUntil > now {
                    blocked.insert(entry.stream)
                } else if entry.expires.map({ $0 <= now }) ?? false {
                    gone.insert(entry.id)
                } else if kinds.contains(entry.kind) {
                    entries[index].isLeased = true
                    if entry.kind == .pending { entries[index].attempts += 1 }
                    taken.append(entries[index])
                } else {
                    blocked.insert(entry.stream)
                }
            }
        }
        expired += gone.count
        entries.removeAll { gone.contains($0.id) }
        return taken
    }

    mutating func change(_ id: Int64, _ body: (inout Entry) -> Void) {
        guard let index = entries.firstIndex(where: { $0.id == id }) else { return }
        body(&entries[index])
    }

    /// Upkeep has dropped rows whose time was over: those that are not among `rows` any more.
    ///
    /// It comes once a second of the machine's clock, so that how much it has done is not the model's to say.
    mutating func wereUpkept(_ rows: Set<Int64>) {
        let before = entries.count
        entries.removeAll { entry in
            !rows.contains(entry.id) && !entry.isLeased
                && entry.expires.map { $0 <= now } ?? false
        }
        expired += before - entries.count
    }

    /// The process ends: leases and delays are gone.
    mutating func forgetRun() {
        for index in entries.indices {
            entries[index].isLeased = false
            entries[index].delayedUntil = 0
        }
    }

    private static func isSameWay(_ left: EntryKind, _ right: EntryKind) -> Bool {
        let cloud: Set<EntryKind> = [.escalation, .deferral]
        return left == right || (cloud.contains(left) && cloud.contains(right))
    }
}

@Suite struct `Against the model` {
    @Test(arguments: 1...12)
    func `behaves alike through random actions, kills and restarts (G1, G3)`(
        seed: UInt64
    ) throws {
        var run = try ModelRun(seed: seed)
        for step in 0..<400 {
            try run.step()
            if step % 20 == 0 { try run.compare() }
        }
        try run.compare()
    }
}

/// One seeded run of random actions on a spool and its model.
private struct ModelRun {
    var random: SplitMix64
    var place: TemporarySpool
    var spool: SpoolStore
    var model = SpoolModel()

    init(seed: UInt64) throws {
        random = SplitMix64(seed: seed)
        place = try TemporarySpool()
        spool = try place.open()
    }

    mutating func step() throws {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<30: try insert()
        case 30..<55: try lease()
        case 55..<75: try acknowledge()
        case 75..<85: try release()
        case 85..<88: try replace()
        case 88..<95: advance()
        case 95..<97: try close()
        default: try kill()
        }
    }

    mutating func compare() throws {
        let (rows, depth, stats) = try betweenUpkeeps()
        model.wereUpkept(Set(rows.map(\.id)))
        let left = model.entries.sorted { $0.id < $1.id }
        try #require(rows.map(\.id) == left.map(\.id))
        #expect(rows.map(\.attempts) == left.map(\.attempts))
        #expect(rows.map { $0.state == .leased } == left.map(\.isLeased))
        for entry in left.filter({ $0.expires.map { $0 > model.now } ?? true }).prefix(5) {
            #expect(try spool.row(entry.id)?.body == entry.body)
        }
        // Audits and what goes to the user's own stores are no backlog to conditions.
        let backlog = left.count { $0.kind != .audit && $0.kind != .delivery }
        #expect(stats.rows == left.count && depth == backlog)
        #expect(stats.dropped(.expired) == model.expired)
        #expect(stats.leased == left.count { $0.isLeased })
        for cell in stats.cells {
            let same = left.filter { $0.kind == cell.kind && $0.priority == cell.priority }
            #expect(cell.rows == same.count)
            #expect(cell.bytes == same.reduce(0) { $0 + $1.body.count })
        }
    }

    /// Three words of the spool about one moment: none in which upkeep dropped a row came in between.
    private func betweenUpkeeps() throws -> (rows: [SpoolRow], depth: Int, stats: SpoolStats) {
        var before = try spool.stats()
        while true {
            let rows = try spool.rows(limit: .max)
            let depth = spool.facts.depth
            let after = try spool.stats()
            if after.dropped == before.dropped { return (rows, depth, after) }
            before = after
        }
    }

    private mutating func insert() throws {
        let count = Int.random(in: 1...6, using: &random)
        var change = SpoolChange()
        change.insertsAreLeased = Int.random(in: 0..<4, using: &random) == 0
        // Numbers are stored in any order, as by lanes that overtake one another.
        for id in spool.reserveIDs(count).shuffled(using: &random) {
            let isRepeat = Int.random(in: 0..<8, using: &random) == 0
            let seconds = Int64.random(in: 0...40, using: &random)
            let length = Int.random(in: 0...5000, using: &random)
            // Upkeep may have dropped a row whose time is over, and freed its key: nobody knows which.
            let known = model.entries.filter { $0.expires.map { $0 > model.now } ?? true }
            let entry = SpoolModel.Entry(
                id: id,
                key: (isRepeat ? known.randomElement(using: &random)?.key : nil) ?? "\(id)",
                kind: EntryKind.allCases.randomElement(using: &random) ?? .action,
                priority: Priority.allCases.randomElement(using: &random) ?? .low,
                device: "d\(Int.random(in: 0..<5, using: &random))",
                expires: seconds > 20 ? nil : model.now + seconds * 1_000_000_000,
                body: [UInt8](repeating: UInt8(truncatingIfNeeded: id), count: length)
            )
            change.inserts.append(
                NewEntry(
                    id: id,
                    key: entry.key,
                    kind: entry.kind,
                    priority: entry.priority,
                    device: entry.device,
                    policy: "p",
                    policyVersion: "1",
                    timeToLive: seconds > 20 ? nil : .seconds(seconds),
                    body: entry.body
                )
            )
            if let place = model.entries.firstIndex(where: { $0.key == entry.key }) {
                let isFree = model.entries[place].delayedUntil <= model.now
                if change.insertsAreLeased, isFree { model.entries[place].isLeased = true }
            } else {
                model.entries.append(entry)
                model.entries[model.entries.count - 1].isLeased = change.insertsAreLeased
            }
        }
        model.entries.sort { $0.id < $1.id }
        try spool.commit(change)
    }

    private mutating func lease() throws {
        let count = Int.random(in: 1...3, using: &random)
        let kinds = Set(EntryKind.allCases.shuffled(using: &random).prefix(count))
        let limit = Int.random(in: 1...12, using: &random)
        let wanted = model.lease(kinds, limit)
        let rows = try spool.lease(kinds, limit: limit)
        try #require(rows.map(\.id) == wanted.map(\.id))
        #expect(rows.map(\.attempts) == wanted.map(\.attempts))
        #expect(rows.map(\.body) == wanted.map(\.body))
    }

    private mutating func someLeased() -> [Int64] {
        let leased = model.entries.filter(\.isLeased).map(\.id).shuffled(using: &random)
        return Array(leased.prefix(Int.random(in: 1...8, using: &random)))
    }

    private mutating func acknowledge() throws {
        let ids = someLeased()
        model.entries.removeAll { ids.contains($0.id) }
        try spool.acknowledge(ids + [999_999_999])
    }

    private mutating func release() throws {
        let delay = Int64.random(in: 0...4, using: &random)
        let counts = Bool.random(using: &random)
        let ids = someLeased()
        let until = delay > 0 ? model.now + delay * 1_000_000_000 : 0
        for id in ids {
            model.change(id) { entry in
                entry.isLeased = false
                entry.delayedUntil = until
                entry.attempts += counts ? 1 : 0
            }
        }
        try spool.release(ids, delay: .seconds(delay), countsAttempt: counts)
    }

    private mutating func replace() throws {
        guard let entry = model.entries.randomElement(using: &random) else { return }
        let body = [UInt8](repeating: 7, count: Int.random(in: 0...9000, using: &random))
        model.change(entry.id) { $0.body = body }
        var change = SpoolChange()
        change.replacements = [.init(id: entry.id, body: body)]
        try spool.commit(change)
    }

    private mutating func advance() {
        let seconds = Int64.random(in: 1...5, using: &random)
        model.now += seconds * 1_000_000_000
        place.clock.advance(by: .seconds(seconds))
    }

    private mutating func close() throws {
        try spool.close()
        spool = try place.open()
        #expect(!spool.wasUncleanExit)
        model.forgetRun()
    }

    private mutating func kill() throws {
        // The clock is stored with rows once a second; without this the copy's would lag behind.
        place.clock.advance(by: .seconds(1))
        model.now += 1_000_000_000
        let id = try spool.put(1, device: "clock", bytes: 1)
        try spool.acknowledge(id)
        let copy = try place.copyAfterKill()
        spool = try copy.open()
        place = copy
        #expect(spool.wasUncleanExit)
        model.forgetRun()
    }
}
