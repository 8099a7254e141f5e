// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

// Fuzz target of what becomes of a payload's numbers before a model sees them, for libFuzzer (see run.sh): features of
// series, spectra and sound. The first byte of an input chooses the expressions, the rest are numbers of eight bytes.
// Compiled into one module with the features.

/// Stands in for the camera frames' memory, which wants their decoders.
struct FrameDesk {}

private let expressions = [
    ["rms(v)", "crest(v)", "kurtosis(v)", "skewness(v)", "centroid(v)"],
    ["mean(v)", "std(v)", "min(v)", "max(v)", "median(v)", "first(v)", "last(v)"],
    ["band(v, 1kHz, 2kHz)", "bands(v, 0Hz, 1kHz, 2kHz, 5kHz)"],
    ["log_mel(v, 64, 32, 8)"], ["mfcc(v, 64, 32, 8, 4)"], ["diff(v)", "abs(v)"],
    ["interleave(v, abs(v))"], ["lag(v, 2)", "delta(v, 2)"], ["one_hot(t, 1, 41.5, 3)"],
    ["log(rms(v)) + log10(t - 31.5)", "clip((t - 3) / 2, 0, 10)"],
    ["sqrt(v) * exp(v)", "log1p(v)"], ["slope(v)", "sum(v)", "range(v)", "quantile(v, 0.9)"],
    ["v", "t"], ["percentile(v, 90)", "zero_crossings(v)", "energy(v)", "peak(v)"],
]

private func makePipelines() -> [FeaturePipeline] {
    let fields = [
        ReadingSpec.Field(name: "v", path: "v", kind: .samples, rate: 10_000),
        ReadingSpec.Field(name: "t", path: "t", kind: .number),
    ]
    // Each expression by itself, too; what is no function here is left out.
    return (expressions + expressions.joined().map { [$0] }).compactMap {
        try? FeaturePipeline(expressions: $0, fields: fields)
    }
}

private let pipelines = makePipelines()
nonisolated(unsafe) private let workspace = FeatureWorkspace()
nonisolated(unsafe) private var numbers: [Float] = []

/// Reads one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 8 else { return 0 }
    let pipeline = pipelines[Int(start[0]) % pipelines.count]
    var batch = ReadingBatch(fieldCount: 2)
    var found: [Double] = []
    for place in stride(from: 1, through: count - 8, by: 8) {
        let bits = (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(start[place + $1]) }
        // A payload has no others.
        let number = Double(bitPattern: bits)
        if number.isFinite { found.append(number) }
    }
    guard let first = found.first else { return 0 }
    for number in found.dropFirst() { batch.appendSample(number) }
    let row = ReadingBatch.Row(message: 0, index: 0, device: "d", deviceTime: nil, sequence: nil)
    batch.append(row, values: [.samples(0..<batch.samples.count), .number(first)])
    numbers.removeAll(keepingCapacity: true)
    do throws(FeatureFailure) {
        try pipeline.place(batch, row: 0, into: &numbers, using: workspace)
        if !numbers.allSatisfy(\.isFinite) { fatalError("a feature that is no number") }
    } catch {
        if error.reason.isEmpty || !numbers.isEmpty { fatalError("nothing, with its reason") }
    }
    return 0
}
