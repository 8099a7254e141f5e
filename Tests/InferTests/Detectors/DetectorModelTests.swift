// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct DetectorModelTests {
    private func engine(_ yaml: String) throws -> CoreEngine {
        let repository = try TemporaryRepository()
        try repository.add("watch", yaml)
        let (engine, diagnostics) = repository.load(runtimeLibrary: nil)
        #expect(diagnostics == [])
        return try #require(engine)
    }

    private func handle(
        _ engine: CoreEngine,
        _ fields: [ReadingSpec.Field],
        owner: String = "policy"
    ) throws -> ModelHandle {
        try engine.bind(try #require(engine.resolve("watch")), fields: fields, owner: owner)
    }

    private func problems(_ yaml: String) throws -> [String] {
        let repository = try TemporaryRepository()
        try repository.add("watch", yaml)
        return repository.load(runtimeLibrary: nil).diagnostics.map { $0.rendered() }
    }

    /// Scores of one device's readings, one number each.
    private func scores(
        _ lane: LaneInference,
        _ handle: ModelHandle,
        _ numbers: some Sequence<Double>,
        device: String = "d"
    ) -> [Double] {
        let rows = readings(numbers.map { [.number($0)] }) { _ in device }
        return lane.findings(model: handle, readings: rows).map {
            $0.classification?.score ?? -1
        }
    }

    private func noise(_ range: Range<Int>) -> [Double] {
        range.map { Double(($0 &* 7_919) % 101) / 101 + Double(($0 &* 104_729) % 37) / 37 }
    }

    @Test func `every type is read, runs and finds a jump`() throws {
        for type in [
            "robust-z", "cusum", "rolling-quantile", "holt-winters", "page-hinkley",
            "half-space-trees", "ensemble",
        ] {
            let engine = try engine(
                "kind: detector\ndetector: { type: \(type), feature: rate, threshold: 0.99 }"
            )
            let lane = engine.makeLane(time: StillTime())
            let handle = try handle(engine, fields("rate"))
            _ = scores(lane, handle, noise(0..<3_000))
            let batch = readings([[FieldValue]](repeating: [.number(40)], count: 60)) { _ in "d" }
            let said = lane.findings(model: handle, readings: batch)
            let labels = Set(said.compactMap(\.classification?.label))
            #expect(labels.contains("anomaly"), "\(type)")
        }
    }

    @Test func `an ensemble watches every number of the readings`() throws {
        let engine = try engine("kind: ensemble\nthreshold: 0.999")
        let lane = engine.makeLane(time: StillTime())
        var spec = fields("name", "rate", "load")
        spec[0].kind = .text
        let handle = try handle(engine, spec)
        #expect(handle.fieldsUsed == ["rate", "load"])
        func say(_ rate: FieldValue, _ load: FieldValue) -> Finding? {
            let batch = readings([[.text("x"), rate, load]]) { _ in "d" }
            return lane.findings(model: handle, readings: batch).first
        }
        let usual = noise(0..<3_000)
        for (rate, load) in zip(usual, usual.reversed()) {
            _ = say(.number(rate), .number(load))
        }
        #expect(say(.number(1), .number(60))?.classification?.label == "anomaly")
        // A field that is missing is not judged; the others are.
        #expect(say(.absent, .number(1))?.classification?.label == "normal")
        #expect(say(.number(90), .absent)?.classification?.label == "anomaly")
        guard case .failed(let reason)? = say(.absent, .text("y"))?.outcome else {
            Issue.record("a reading without a number was judged")
            return
        }
        #expect(reason == "no field of the reading is a number")
    }

    @Test func `an ensemble refuses readings that have no numbers`() throws {
        let engine = try engine("\nkind: ensemble")
        let reference = try #require(engine.resolve("watch"))
        do throws(Diagnostic) {
            _ = try engine.bind(reference, fields: fields("a", kind: .text), owner: "p")
            Issue.record("it was bound")
        } catch {
            #expect(error.rendered().hasPrefix("models/watch/1/model.yaml:2:7: error: no field"))
        }
    }

    @Test func `says what is wrong with the settings`() throws {
        #expect(
            try problems("kind: detector\ndetector: { type: cusum, feature: a, window: 5 }")
                .first?.contains(":2:38: error: unknown key `window` in `detector`") == true
        )
        #expect(
            try problems("kind: detector\ndetector: { type: cusum }")
                .first?.contains("`feature`") == true
        )
        #expect(
            try problems("kind: detector\ndetector: { type: kusum, feature: a }")
                .first?.contains("did you mean `cusum`?") == true
        )
        #expect(
            try problems("kind: detector\ndetector: { type: stuck, feature: a, features: [b] }")
                .first?.contains(":2:48: error: there is `feature`, too") == true
        )
        #expect(
            try problems("kind: detector\ndetector: { type: stuck, features: [] }")
                .first?.contains("1 to 64 features; found 0") == true
        )
        #expect(
            try problems("kind: detector\ndetector: { type: holt-winters, feature: a, period: 24 }")
                .first?.contains("duration") == true
        )
    }

    @Test func `what was learned is there again in the next run`() throws {
        let yaml = "kind: detector\ndetector: { type: robust-z, features: [rate, load] }"
        let engine = try engine(yaml)
        let handle = try handle(engine, fields("rate", "load"))
        func batch(_ range: Range<Int>) -> ReadingBatch {
            let values = noise(range)
            return readings(values.map { [.number($0), .number(-$0)] }) { "device \($0 % 3)" }
        }
        func said(_ lane: LaneInference, _ range: Range<Int>) -> [Double?] {
            lane.findings(model: handle, readings: batch(range)).map(\.classification?.score)
        }
        let first = engine.makeLane(time: StillTime())
        #expect(first.stateChanges == 0)
        _ = said(first, 0..<1_000)
        #expect(first.stateChanges == 1_000)
        let bytes = first.saveState()
        let second = engine.makeLane(time: StillTime())
        try second.restore(bytes)
        // What nobody has asked for yet is kept all the same.
        #expect(second.saveState().count == bytes.count)
        #expect(said(first, 1_000..<1_300) == said(second, 1_000..<1_300))
        #expect(first.saveState() == second.saveState())
        #expect(second.refusedStates == 0)
    }

    @Test func `other settings begin anew, and a new edition with the same does not`() throws {
        func yaml(_ more: String) -> String {
            "kind: detector\ndetector: { type: robust-z, feature: rate, \(more) }"
        }
        let engine = try engine(yaml("threshold: 0.9"))
        let spec = fields("rate")
        let lane = engine.makeLane(time: StillTime())
        let handle = try handle(engine, spec)
        _ = scores(lane, handle, noise(0..<500))
        #expect(try #require(scores(lane, self.handle(engine, spec), [50]).first) > 0.99)
        // Another policy's devices are others.
        let other = try self.handle(engine, spec, owner: "other")
        #expect(scores(lane, other, [50]) == [0])
        let bytes = lane.saveState()
        for (more, isKept) in [("threshold: 0.5", true), ("half_life: 90", false)] {
            let next = try self.engine(yaml(more))
            let restored = next.makeLane(time: StillTime())
            try restored.restore(bytes)
            let score = try #require(scores(restored, self.handle(next, spec), [50]).first)
            #expect((score > 0.99) == isKept, "\(more)")
        }
        // The same name at another place of the payload is another number.
        var moved = spec
        moved[0].path = "elsewhere"
        let restored = engine.makeLane(time: StillTime())
        try restored.restore(bytes)
        #expect(scores(restored, try self.handle(engine, moved), [50]) == [0])
    }

    @Test func `a state that is damaged is refused as a whole or in part`() throws {
        let engine = try engine("kind: detector\ndetector: { type: stuck, feature: rate }")
        let handle = try handle(engine, fields("rate"))
        let lane = engine.makeLane(time: StillTime())
        _ = scores(lane, handle, noise(0..<200))
        let bytes = lane.saveState()
        for length in [0, 7, 8, 30, 100, bytes.count / 2, bytes.count - 1] {
            #expect(throws: StateError.self) {
                try engine.makeLane(time: StillTime()).restore(Array(bytes[..<length]))
            }
        }
        #expect(throws: StateError.self) {
            try engine.makeLane(time: StillTime()).restore(bytes + [0])
        }
        var damaged = bytes
        damaged[bytes.count - 20] ^= 0xFF
        damaged[bytes.count - 13] = 0x7F
        let other = engine.makeLane(time: StillTime())
        try other.restore(damaged)
        #expect(scores(other, handle, [1]).count == 1)
        #expect(other.refusedStates == 1)
    }

    @Test func `remembers no more devices than its memory holds`() throws {
        let engine = try engine(
            "kind: detector\ndetector: { type: cusum, feature: rate, max_memory: 64KiB }"
        )
        let handle = try handle(engine, fields("rate"))
        let lane = engine.makeLane(time: StillTime())
        for device in 0..<100 { _ = scores(lane, handle, [1], device: "\(device)") }
        #expect((55...65).contains(engine.tally.evictions))
    }

    @Test func `remembers no more devices than it may`() throws {
        let engine = try engine(
            "kind: detector\ndetector: { type: cusum, feature: rate, max_devices: 10 }"
        )
        let handle = try handle(engine, fields("rate"))
        let lane = engine.makeLane(time: StillTime())
        for device in 0..<25 {
            _ = scores(lane, handle, [1], device: "\(device)")
        }
        #expect(engine.tally.evictions == 15)
        let size = lane.saveState().count
        for device in 25..<1_000 { _ = scores(lane, handle, [1], device: "\(device)") }
        #expect(lane.saveState().count < size + 200)
    }
}
