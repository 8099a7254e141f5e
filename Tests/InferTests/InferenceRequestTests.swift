// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing
import Vocabulary

@testable import Infer

/// The ONNX Runtime needed here is the shared library named by `SLUICE_ONNXRUNTIME`.
@Suite(.enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so"))
struct `Requests for one model` {
    private let engine: CoreEngine
    private let lane: LaneInference
    private let handles: [ModelHandle]
    private let batch: ReadingBatch
    private let rows: [[Double]]

    init() throws {
        let repository = try TemporaryRepository()
        try repository.add(
            "m",
            model: TestModels.bytes("classifier.onnx"),
            """
            kind: onnx
            file: { name: model.onnx, sha256: DIGEST }
            inputs: { X: [a, b, c, d] }
            labels: [healthy, worn, fault]
            max_batch: 4
            """
        )
        let engine = try #require(repository.load().engine)
        self.engine = engine
        lane = engine.makeLane(time: StillTime())
        let reference = try #require(engine.resolve("m"))
        handles = try ["one", "two"].map { owner in
            try engine.bind(reference, fields: fields("a", "b", "c", "d"), owner: owner)
        }
        rows = try TestModels.expected().rows
        batch = readings(rows.map { $0.map { .number($0) } })
    }

    private func label(_ finding: Finding?) -> String? { finding?.classification?.label }

    @Test func `share runs, in no more than the model takes, and keep their order`() throws {
        let whole = lane.findings(model: handles[0], readings: batch, rows: [0, 1, 2, 3, 4, 5])
        let before = engine.tally.runs
        let found = lane.findings(asking: [
            .init(model: handles[0], rows: .readings(batch, rows: [3, 1, 4])),
            .init(model: handles[1], rows: .readings(batch, rows: [5, 0, 2])),
        ])
        #expect(engine.tally.runs - before == 2)
        #expect(lane.runs.map(\.rows) == [4, 2])
        #expect(found[0].map(label) == [3, 1, 4].map { label(whole[$0]) })
        #expect(found[1].map(label) == [5, 0, 2].map { label(whole[$0]) })
        #expect(lane.asked.map(\.count) == [3, 3])
    }

    @Test func `fail alone where a number is missing, and leave the others as they are`() throws {
        var mixed = rows.prefix(6).map { $0.map { FieldValue.number($0) } }
        mixed[0][3] = .absent
        mixed[2][0] = .text("warm")
        mixed[3][1] = .number(.nan)
        mixed[5] = [.flag(true), .flag(false), .number(1), .number(0)]
        let found = lane.findings(
            model: handles[0],
            readings: readings(mixed),
            rows: Array(mixed.indices)
        )
        #expect(found[0]?.absence == "field `d` is missing")
        #expect(found[2]?.absence == "field `a` is a text")
        #expect(found[3]?.absence == "field `b` is not a finite number")
        #expect(lane.asked.map(\.failed) == [3])
        // The same rows in a run of their own: how many share one moves a number's last digit.
        mixed[5] = [.number(1), .number(0), .number(1), .number(0)]
        let sound = lane.findings(
            model: handles[0],
            readings: readings(mixed),
            rows: [1, 4, 5]
        )
        for (index, alone) in zip([1, 4, 5], sound) {
            let (one, other) = (found[index]?.classification, alone?.classification)
            #expect(one?.label == other?.label)
            #expect(one?.probabilities == other?.probabilities)
        }
    }

    @Test func `are answered alike from what was kept of the readings`() throws {
        let prepared = lane.prepare(model: handles[0], readings: batch, rows: [2, 0])
        let kept = try JSONDecoder().decode(
            [PreparedRow].self,
            from: JSONEncoder().encode(prepared + [.nothing, .notKept])
        )
        #expect(kept == prepared + [.nothing, .notKept])
        let found = lane.findings(asking: [.init(model: handles[0], rows: .prepared(kept))])[0]
        let direct = lane.findings(model: handles[0], readings: batch, rows: [2, 0])
        #expect(found.prefix(2).map(label) == direct.map(label))
        #expect(found[2] == nil)
        #expect(found[3]?.absence == "what the model is fed was not kept with the reading")
    }

    @Test func `fail where what was kept is for another model`() {
        let kept: [PreparedRow] = [.numbers([[1, 2, 3, 4], [5]]), .numbers([[1]])]
        let found = lane.findings(asking: [.init(model: handles[0], rows: .prepared(kept))])[0]
        #expect(found.allSatisfy { $0?.absence != nil && $0?.isSkipped == false })
    }

    @Test func `are skipped where no run would be in time, and cost none`() throws {
        let now = StillTime().now
        let runs = engine.tally.runs
        let due: [MonotonicInstant?] = [now, nil, now + .seconds(60)]
        let found = lane.findings(asking: [
            .init(model: handles[0], rows: .readings(batch, rows: [0, 1, 2]), due: due),
            .init(model: handles[1], rows: .readings(batch, rows: [3])),
        ])
        #expect(found[0].map { $0?.isSkipped } == [true, false, false])
        #expect(found[0][0]?.absence?.hasSuffix("0.0 ms are left") == true)
        #expect(found[1].map { $0?.isSkipped } == [false])
        #expect(engine.tally.runs - runs == 1)
        #expect(engine.tally.skipped == 1)
        #expect(lane.asked.map(\.skipped) == [1, 0])
        #expect(handles[0].pace?.wantsTiming(at: now) == true)
    }

    @Test func `say in the description how they are run`() throws {
        #expect(handles[0].maximumBatch == 4)
        #expect(!handles[0].remembers)
        #expect(handles[0].pace === handles[1].pace)
        #expect(handles[0].pace?.runsOnWorker == false)
    }
}

extension LaneInference {
    /// What is found out for each of `requests`.
    func findings(asking requests: [InferenceRequest]) -> [[Finding?]] {
        ask(requests)
        return requests.map(\.findings)
    }
}
