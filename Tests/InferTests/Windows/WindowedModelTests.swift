// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct WindowedModelTests {
    private let series = [0.3, -1.2, 0.8, 2.1, -0.4, 1.7, 0.2]

    private func engine(_ yaml: String, model: String? = nil) throws -> CoreEngine {
        let repository = try TemporaryRepository()
        try repository.add("m", model: model.map { try TestModels.bytes($0) }, yaml)
        let (engine, diagnostics) = repository.load()
        #expect(diagnostics == [])
        return try #require(engine)
    }

    private func handle(_ engine: CoreEngine, _ names: [ReadingSpec.Field]) throws -> ModelHandle {
        try engine.bind(try #require(engine.resolve("m")), fields: names, owner: "policy")
    }

    private func findings(
        _ lane: LaneInference,
        _ models: [ModelHandle],
        _ batch: ReadingBatch
    ) -> [[Finding?]] {
        var batch = batch
        let rows = Array(0..<batch.count)
        lane.observe(models, readings: &batch, rows: rows) { _ in WallTime(nanoseconds: 0) }
        return models.map { lane.findings(model: $0, readings: batch, rows: rows) }
    }

    @Test(.enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no library"))
    func `an ONNX model says of a window what it says of the window's numbers`() throws {
        let head = """
            kind: onnx
            file: { name: model.onnx, sha256: DIGEST }
            labels: [healthy, worn, fault]

            """
        let windowed = try engine(
            head + """
                inputs: { X: { features: [mean(a), std(a), min(a), max(a)], mean: [1, 1, 1, 1], \
                std: [2, 2, 2, 2] } }
                window: { count: 3, hop: 2 }
                """,
            model: "classifier.onnx"
        )
        let plain = try engine(head + "inputs: { X: [a, b, c, d] }", model: "classifier.onnx")
        let lane = windowed.makeLane(time: StillTime())
        let found = findings(
            lane,
            [try handle(windowed, fields("a"))],
            readings(series.map { [.number($0)] }) { _ in "a" }
        )[0]
        #expect(found.map { $0 != nil } == [false, false, true, false, true, false, true])
        for row in [2, 4, 6] {
            let numbers = PlainStatistics(series: Array(series[row - 2...row]))
            let statistics = [
                numbers.mean, numbers.std, numbers.series.min() ?? 0, numbers.series.max() ?? 0,
            ]
            let wanted = plain.makeLane(time: StillTime()).findings(
                model: try handle(plain, fields("a", "b", "c", "d")),
                readings: readings([statistics.map { .number(($0 - 1) / 2) }]),
                rows: [0]
            )[0]?.classification
            let probabilities = try #require(wanted?.probabilities)
            let said = try #require(found[row]?.classification?.probabilities)
            for (said, wanted) in zip(said, probabilities) { #expect(abs(said - wanted) < 1e-6) }
        }
        #expect(windowed.tally.windows.gathered == 4)
        #expect(windowed.tally.findings == 3)
    }

    @Test(.enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no library"))
    func `a window's width is held against the model's when it is loaded`() throws {
        for (features, message) in [
            ("[a]", "input `X` takes 4 numbers; the features make 3"),
            (
                "{ features: [a, mean(a)], mean: [1, 2] }",
                "`mean` has 2 numbers; the features make 4"
            ),
        ] {
            let repository = try TemporaryRepository()
            try repository.add(
                "m",
                model: TestModels.bytes("classifier.onnx"),
                """
                kind: onnx
                file: { name: model.onnx, sha256: DIGEST }
                labels: [healthy, worn, fault]
                inputs: { X: \(features) }
                window: { count: 3 }
                """
            )
            let shown = repository.load().diagnostics.map { $0.rendered() }
            #expect(shown.count == 1)
            #expect(shown.first?.contains(message) == true)
        }
    }

    @Test func `stages with one window share it, and see every reading`() throws {
        let yaml = """
            kind: detector
            detector: { type: robust-z, feature: FEATURE, warm_up: 2 }
            window: { count: 2, hop: 1 }
            """
        let repository = try TemporaryRepository()
        for (name, feature) in [("one", "rms(a)"), ("two", "log(1 + rms(a))")] {
            try repository.add(name, yaml.replacing("FEATURE", with: feature))
        }
        let (loaded, diagnostics) = repository.load()
        #expect(diagnostics == [])
        let engine = try #require(loaded)
        let models = try ["one", "two"].map { name in
            try engine.bind(
                try #require(engine.resolve(name)),
                fields: fields("a"),
                owner: "policy"
            )
        }
        let lane = engine.makeLane(time: StillTime())
        var batch = readings(series.map { [.number($0)] }) { _ in "a" }
        lane.observe(models, readings: &batch, rows: Array(0..<7)) {
            WallTime(nanoseconds: Int64($0))
        }
        // The second stage is asked about some of them only.
        let second = lane.findings(model: models[1], readings: batch, rows: [0, 3, 6])
        #expect(second.map { $0 != nil } == [false, true, true])
        #expect(lane.windows.groupCount == 1)
    }

    @Test(
        arguments: [
            ("{}", "`window` does not say how long it is"),
            ("{ count: 3, time: 1s }", "`window` has one length; found `count` and `time`"),
            ("{ samples: 64, late: 1s }", "`late` sorts whole readings into place"),
            ("{ count: 3, hop: 1s }", "`hop` wants a whole number"),
            ("{ count: 100000 }", "`count` must be between 1 and 65536"),
            ("{ count: 1, join: { on: a } }", "`tolerance`"),
            ("{ count: 3, every: 1 }", "unknown key `every`"),
        ]
    )
    func `points at what is wrong with a window`(_ window: String, _ message: String) throws {
        let repository = try TemporaryRepository()
        try repository.add(
            "m",
            """
            kind: detector
            detector: { type: robust-z, feature: mean(a) }
            window: \(window)
            """
        )
        let shown = repository.load().diagnostics.map { $0.rendered() }
        #expect(shown.first?.contains(message) == true, "\(shown)")
        #expect(shown.first?.contains("model.yaml:3:") == true)
    }

    @Test func `keeps one state of a policy whose models change`() throws {
        let yaml = """
            kind: detector
            detector: { type: robust-z, feature: mean(a), warm_up: 2 }
            window: { count: 4, hop: 1 }
            """
        let repository = try TemporaryRepository()
        for name in ["one", "two"] { try repository.add(name, yaml) }
        let engine = try #require(repository.load().engine)
        let models = try ["one", "two"].map { name in
            try engine.bind(
                try #require(engine.resolve(name)),
                fields: fields("a"),
                owner: "policy"
            )
        }
        func batch(_ values: ArraySlice<Double>) -> ReadingBatch {
            readings(values.map { [.number($0)] }) { _ in "a" }
        }
        let lane = engine.makeLane(time: StillTime())
        _ = findings(lane, [models[0]], batch(series[..<3]))
        let before = lane.shelf.count
        let both = findings(lane, models, batch(series[3..<4]))
        #expect(both.allSatisfy { $0[0] != nil })
        #expect(findings(lane, [models[1]], batch(series[4..<5]))[0][0] != nil)
        // A window and a detector for each model asked; the windows of earlier sets are gone.
        #expect(lane.shelf.count == before + 1)
    }

    @Test func `keeps its windows across a restart`() throws {
        let engine = try engine(
            """
            kind: detector
            detector: { type: robust-z, feature: mean(a), warm_up: 2 }
            window: { count: 4, hop: 1 }
            """
        )
        let model = try handle(engine, fields("a"))
        func batch(_ values: ArraySlice<Double>) -> ReadingBatch {
            readings(values.map { [.number($0)] }) { _ in "a" }
        }
        let first = engine.makeLane(time: StillTime())
        #expect(findings(first, [model], batch(series[..<3]))[0].allSatisfy { $0 == nil })
        let second = engine.makeLane(time: StillTime())
        try second.restore(first.saveState())
        #expect(findings(second, [model], batch(series[3..<4]))[0][0] != nil)
        #expect(second.refusedStates == 0)
    }
}
