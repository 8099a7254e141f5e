// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Infer
import Logging
import Vocabulary

extension Part {
    /// Messages → a burst, and a burst's readings → one run of a model.
    static var batches: [Part] {
        [
            Part("batch, 256 messages of a burst", count: 100) {
                let batch = Batch()
                let payload = [UInt8](repeating: 0x20, count: 120)
                let topics = (0..<16).map {
                    Topic(name: "bench/small/d\($0)/data", index: $0, generation: 0)
                }
                return { count in
                    for _ in 0..<count {
                        batch.reset()
                        payload.withUnsafeBytes { payload in
                            for message in 0..<256 {
                                batch.append(
                                    topic: topics[message & 15],
                                    payload: payload,
                                    qualityOfService: 1,
                                    isRetained: false,
                                    isDuplicate: false
                                )
                            }
                        }
                    }
                }
            },
            Part("batch, 1 reading through a model", count: 100) { try run(rows: 1) },
            Part("batch, 256 readings through a model", count: 20) { try run(rows: 256) },
        ]
    }

    /// The models that parts.sh has laid out.
    static func engine() throws -> CoreEngine {
        guard let models = getenv("PARTS_MODELS"), let library = getenv("SLUICE_ONNXRUNTIME")
        else { throw PartFailure("PARTS_MODELS and SLUICE_ONNXRUNTIME are not set: see parts.sh") }
        let (engine, diagnostics) = CoreEngine.load(
            repository: String(cString: models),
            shownAs: "models",
            runtimeLibrary: String(cString: library),
            trialProgram: nil,
            logger: Logger(label: "parts") { _ in SwiftLogNoOpLogHandler() }
        )
        guard let engine else { throw PartFailure("no models: \(diagnostics)") }
        return engine
    }

    /// From readings to findings: the model's tensors filled, its run, and what it said of each.
    private static func run(rows: Int) throws -> (Int) throws -> Void {
        let engine = try engine()
        guard let model = engine.resolve("quality-inspection")
        else { throw PartFailure("no model") }
        let handle = try engine.bind(model, fields: numbers, owner: "parts")
        let lane = engine.makeLane(time: Clocks())
        var readings = ReadingBatch(fieldCount: numbers.count)
        for row in 0..<rows {
            readings.append(
                ReadingBatch.Row(
                    message: row,
                    index: 0,
                    device: "d\(row & 15)",
                    deviceTime: nil,
                    sequence: nil
                ),
                values: [.number(120), .number(40 + Double(row) / 256), .number(82)]
            )
        }
        let places = Array(0..<rows)
        return { count in
            for _ in 0..<count {
                let found = lane.findings(model: handle, readings: readings, rows: places)
                guard found.last??.absence == nil, found.count == rows else {
                    throw PartFailure("a reading without a finding")
                }
            }
        }
    }
}

/// The machine's clocks.
struct Clocks: TimeSource {
    var now: MonotonicInstant { MonotonicInstant(nanoseconds: Self.read(CLOCK_MONOTONIC)) }
    var wallTime: WallTime { WallTime(nanoseconds: Self.read(CLOCK_REALTIME)) }

    static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
