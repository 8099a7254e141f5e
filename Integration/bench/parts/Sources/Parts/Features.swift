// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Vocabulary

extension Part {
    /// A reading's fields → a model's numbers: every function of the feature language once.
    static var features: [Part] {
        let statistics = SeriesFunction.allCases.map { "\($0.rawValue)(v)" }
        let others = [
            "t", "v", "log(t)", "log10(t)", "log1p(t)", "abs(v)", "sqrt(t)", "exp(t)", "lag(v, 3)",
            "delta(v, 3)", "median(v)", "quantile(v, 0.9)", "band(v, 1kHz, 2kHz, 10kHz)",
            "peak_frequency(v, 10kHz)", "centroid(v, 10kHz)", "one_hot(t, 1, 41.5, 3)",
            "clip(t, 0, 10)", "scale(t, 20, 5)", "diff(v)", "interleave(v, v)", "v + t",
        ]
        // These want a model that says how often a series is sampled; parts.sh writes one for each.
        let modelled = [
            "slope": "slope(v), t, t", "bands": "bands(v, 0Hz, 1kHz, 2kHz, 4kHz)",
            "log_mel": "log_mel(v, 256, 256, 3)", "mfcc": "mfcc(v, 256, 256, 8, 3)",
        ]
        return (statistics + others).map { expression in
            Part("feature \(expression)", count: 100) { try feature(expression) }
        }
            + modelled.sorted { $0.key < $1.key }.map { model, expression in
                Part("feature \(expression), for a model", count: 100) {
                    try prepared(by: model)
                }
            }
    }

    /// Of a series of 256 numbers and a number beside it.
    private static func feature(_ expression: String) throws -> (Int) throws -> Void {
        let pipeline = try OutboundPipeline(.features([expression]), fields: fields, owner: "parts")
        let readings = reading
        let room = OutboundRoom()
        var numbers: [Float] = []
        return { count in
            for _ in 0..<count {
                numbers.removeAll(keepingCapacity: true)
                try pipeline.write(readings, row: 0, into: &numbers, in: room)
            }
        }
    }

    private static func prepared(by name: String) throws -> (Int) throws -> Void {
        let engine = try engine()
        guard let model = engine.resolve(name) else { throw PartFailure("no model \(name)") }
        let handle = try engine.bind(model, fields: fields, owner: "parts")
        let lane = engine.makeLane(time: Clocks())
        let readings = reading
        return { count in
            for _ in 0..<count {
                let row = lane.prepare(model: handle, readings: readings, rows: [0])
                guard case .numbers? = row.first else { throw PartFailure("\(row)") }
            }
        }
    }

    private static let fields = [
        ReadingSpec.Field(name: "v", path: "v", kind: .samples, rate: 10_000),
        ReadingSpec.Field(name: "t", path: "t", kind: .number),
    ]

    private static var reading: ReadingBatch {
        var readings = ReadingBatch(fieldCount: 2)
        for place in 0..<256 {
            readings.appendSample(Double((place * 37) % 101) / 101 - 0.5)
        }
        readings.append(
            ReadingBatch.Row(message: 0, index: 0, device: "d", deviceTime: nil, sequence: nil),
            values: [.samples(0..<256), .number(1.5)]
        )
        return readings
    }
}
