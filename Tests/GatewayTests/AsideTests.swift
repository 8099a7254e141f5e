// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Spool
import Testing
import Vocabulary

@testable import Gateway

extension BoundPolicy.Paced {
    /// A model of 50 ms a reading.
    static func slow(_ name: String = "slow", milliseconds: Int64 = 50) -> Self {
        let pace = ModelPace()
        pace.begin(trial: .milliseconds(milliseconds))
        return .init(
            model: ModelReference(name: name, version: "1"),
            maximumBatch: 8,
            pace: pace
        )
    }

    static var slow: Self { slow() }
}

@Suite struct `Readings put aside` {
    @Test func `go back to their lane once none of them waits any more`() throws {
        let model = BoundPolicy.Paced.slow
        let rig = try Rig { $0.paces = [model] }
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        model.pace.begin(trial: .microseconds(10))
        // One is in the open batch, on its way to become a row.
        path.receive(rig.burst(Presses.payload(2)))
        try path.settle()
        path.receive(rig.burst(Presses.payload(3)))
        try path.settle()
        #expect(rig.publisher.topics.isEmpty)
        let worker = PendingWorker(parts: rig.parts, logger: silence)
        #expect(worker.work(.all, limit: 9) { false } == [1, 1, 1])
        #expect(rig.publisher.topics.count == 3)
        path.receive(rig.burst(Presses.payload(4)))
        #expect(rig.publisher.topics.count == 4)
        #expect(try rig.logged().map(\.id).count == 4)
        #expect(try rig.rows().isEmpty)
    }

    @Test func `of an earlier run are not overtaken`() throws {
        let model = BoundPolicy.Paced.slow
        let rig = try Rig { $0.paces = [model] }
        let first = rig.path()
        first.receive(rig.burst(Presses.payload(1)))
        try first.settle()
        model.pace.begin(trial: .microseconds(10))
        let second = rig.path()
        second.receive(rig.burst(Presses.payload(2)))
        try second.settle()
        #expect(rig.publisher.topics.isEmpty)
        #expect(rig.spool.pending(of: ["press"]) == 2)
    }

    @Test func `of a batch given back to the broker wait for nobody`() throws {
        let model = BoundPolicy.Paced.slow
        let rig = try Rig { $0.paces = [model] }
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        path.abandon()
        model.pace.begin(trial: .microseconds(10))
        path.receive(rig.burst(Presses.payload(1)))
        #expect(rig.publisher.topics.count == 1)
    }

    @Test func `are seen by a detector on their lane, in order, and by no other`() throws {
        var files = Presses.files
        files["models/pulse/1/model.yaml"] = """
            kind: detector
            detector: { type: robust-z, feature: force, warm_up: 10 }
            labels: [fine, fault]
            """
        let rig = try Rig(files) { $0.paces = [.slow] }
        let path = rig.path()
        for number in 1...40 {
            let force = number == 40 ? 500 : 3.5 + Double(number % 5) / 10
            path.receive(rig.burst(Presses.payload(number, force: force)))
        }
        try path.settle()
        // Each row for itself: a worker that kept the detector would have seen nothing before.
        for _ in 1...40 {
            PendingWorker(parts: rig.parts, logger: silence).work(.all, limit: 1) { false }
        }
        let labels = try rig.logged().map { $0.label ?? "-" }
        #expect(labels.count == 40)
        #expect(labels.last == "fault")
        #expect(labels.dropLast().allSatisfy { $0 == "fine" })
        #expect(rig.parts.engine?.tally.findings == 40)
    }

    @Test func `without what was kept of them are decided as failed, not dropped`() throws {
        let rig = try Rig { $0.paces = [.slow] }
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        try path.settle()
        let row = try #require(try rig.spool.lease([.pending], limit: 1).first)
        var pending = try PendingMessage.decoded(row.body)
        #expect(pending.inputs?["pulse"]?[0] != nil)
        pending.inputs = nil
        rig.path(.worker).decide([pending])
        #expect(try rig.logged().map(\.label) == [nil])
    }

    @Test func `that nobody may begin now are handed back as if never begun`() throws {
        let rig = try Rig { $0.paces = [.slow] }
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        try path.settle()
        let worker = PendingWorker(parts: rig.parts, logger: silence)
        #expect(worker.work(.all, limit: 9) { true }.isEmpty)
        #expect(worker.work(.all, limit: 9) { false } == [1])
    }

    @Test func `that ended the process too often are dead letters, and no others`() throws {
        let rig = try Rig { $0.paces = [.slow] }
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        try path.settle()
        for _ in 1...3 {
            var change = SpoolChange()
            let row = try #require(try rig.spool.lease([.pending], limit: 1).first)
            change.releases = [.init(id: row.id)]
            try rig.spool.commit(change)
        }
        path.receive(rig.burst(Presses.payload(2)))
        try path.settle()
        let worker = PendingWorker(parts: rig.parts, logger: silence)
        #expect(worker.work(.all, limit: 9) { false } == [4, 1])
        #expect(try rig.letters().map(\.code) == ["ends_process"])
        #expect(rig.publisher.topics.count == 1)
        #expect(try rig.rows().isEmpty)
    }
}

@Suite struct `Claims of workers` {
    @Test func `give a policy to the worker of its slowest model`() throws {
        let rig = try Rig()
        var bound = try #require(rig.board.edition.policies.first)
        #expect(WorkClaims([bound]).byModel.isEmpty)
        bound.paces = [.slow("a", milliseconds: 20), .slow("b", milliseconds: 90)]
        let claims = WorkClaims([bound])
        #expect(claims.byModel.keys.map(\.name) == ["b"])
        #expect(claims.policies == ["press"])
    }

    @Test func `leave a policy of fast models to its lanes`() throws {
        let rig = try Rig()
        var bound = try #require(rig.board.edition.policies.first)
        bound.paces = [.slow("a", milliseconds: 1)]
        #expect(WorkClaims([bound]).policies.isEmpty)
        #expect(!bound.isSlow)
    }
}

@Suite struct `Waiting for company` {
    private var company = Company()
    private let start = MonotonicInstant(nanoseconds: 5)

    private mutating func wait(_ rows: Int, _ most: Int64, at milliseconds: Int64) -> Int64? {
        company.wait(
            of: rows,
            maximumBatch: 8,
            maximumWait: .milliseconds(most),
            at: start + .milliseconds(milliseconds)
        ).map { $0.nanoseconds / 1_000_000 }
    }

    @Test mutating func `is none where it is not asked for`() {
        #expect(wait(1, 0, at: 0) == 0)
        #expect(wait(0, 0, at: 0) == nil)
    }

    @Test mutating func `ends when the first has waited long enough`() {
        #expect(wait(1, 20, at: 0) == 20)
        #expect(wait(3, 20, at: 15) == 5)
        #expect(wait(3, 20, at: 20) == 0)
        // The next ones wait for themselves.
        #expect(wait(1, 20, at: 21) == 20)
    }

    @Test mutating func `ends when a run is full`() {
        #expect(wait(7, 20, at: 0) == 20)
        #expect(wait(8, 20, at: 1) == 0)
    }

    @Test mutating func `begins anew when there was nothing to wait with`() {
        #expect(wait(1, 20, at: 0) == 20)
        #expect(wait(0, 20, at: 10) == nil)
        #expect(wait(1, 20, at: 30) == 20)
    }
}
