// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing
import Vocabulary

@testable import Infer

@Suite struct SpectrumTests {
    private func noise(_ count: Int, seed: UInt64) -> [Double] {
        var random = SeededNumbers(seed)
        return (0..<count).map { _ in Double.random(in: -1...1, using: &random) + 0.3 }
    }

    private func spectrum(_ series: [Double]) -> [Double] {
        let plan = SpectrumPlan(series.count)
        var power = [Double](repeating: .nan, count: plan.count)
        series.withUnsafeBufferPointer { series in
            power.withUnsafeMutableBufferPointer { power in
                guard let start = power.baseAddress else { return }
                plan.spectrum(of: series, into: start)
            }
        }
        return power
    }

    /// By the definition.
    private func direct(_ series: [Double]) -> [Double] {
        let count = Double(series.count)
        return (0...series.count / 2).map { turn in
            var (real, imaginary) = (0.0, 0.0)
            for (index, value) in series.enumerated() {
                let place = Double((turn * index) % series.count)
                real += value * cos(2 * .pi * place / count)
                imaginary -= value * sin(2 * .pi * place / count)
            }
            let isEnd = turn == 0 || 2 * turn == series.count
            return (real * real + imaginary * imaginary) / (count * count) * (isEnd ? 1 : 2)
        }
    }

    @Test(arguments: Array(1...40) + [60, 64, 97, 100, 128, 243, 255, 256, 360, 500])
    func `is the direct transform, whatever the length`(_ length: Int) {
        let series = noise(length, seed: UInt64(length))
        for (found, wanted) in zip(spectrum(series), direct(series)) {
            #expect(abs(found - wanted) < 1e-12)
        }
    }

    @Test(arguments: [1_024, 1_000, 4_097, 12_500])
    func `sums up to the mean square`(_ length: Int) {
        let series = noise(length, seed: 7)
        let meanSquare = series.reduce(0) { $0 + $1 * $1 } / Double(length)
        #expect(abs(spectrum(series).reduce(0, +) - meanSquare) < 1e-12)
    }

    @Test func `finds a tone in its band and at its frequency`() throws {
        let rate = 10_000.0
        let series = (0..<1_000).map { 0.5 + 2 * sin(2 * .pi * 1_230 * Double($0) / rate) }
        let pipeline = try FeaturePipeline(
            [
                "band(x, 1kHz, 2kHz)", "band(x, 2kHz, 5kHz)", "bands(x, 0Hz, 1kHz, 2kHz, 5kHz)",
                "peak_frequency(x)", "centroid(x)", "band(x, 0Hz, 5kHz)",
            ].map { try FeatureExpression($0) },
            FeatureScope(fields: fields("x"), rate: rate)
        )
        let batch = readings([[.samples(0..<1_000)]], samples: series)
        var found: [Double] = []
        try pipeline.place(batch, row: 0, into: &found, using: FeatureWorkspace())
        let wanted = [2, 0, 0.25, 2, 0, 1_230, 1_230, 2.25]
        #expect(found.count == wanted.count)
        for (found, wanted) in zip(found, wanted) { #expect(abs(found - wanted) < 1e-6) }
    }

    @Test func `a series that does not vary has no frequency`() throws {
        let pipeline = try FeaturePipeline(
            ["peak_frequency(x)", "centroid(x)"].map { try FeatureExpression($0) },
            FeatureScope(fields: fields("x"), rate: 10_000)
        )
        // Some of them leave noise in the transform.
        for (length, level) in [(1_000, 0.1), (37, 1e9), (97, -7.3), (64, 0), (1, 5)] {
            let series = [Double](repeating: level, count: length)
            let batch = readings([[.samples(0..<length)]], samples: series)
            var found: [Double] = []
            try pipeline.place(batch, row: 0, into: &found, using: FeatureWorkspace())
            #expect(found == [0, 0], "\(length) times \(level)")
        }
        // A tone far below the constant part is one still.
        let series = (0..<1_000).map { 1e6 + 1e-4 * sin(2 * .pi * 1_230 * Double($0) / 10_000) }
        let batch = readings([[.samples(0..<1_000)]], samples: series)
        var found: [Double] = []
        try pipeline.place(batch, row: 0, into: &found, using: FeatureWorkspace())
        #expect(found[0] == 1_230)
    }

    @Test func `refuses a band above half the rate`() throws {
        for band in ["band(x, 6kHz, 7kHz)", "band(x, 1kHz, 7kHz)", "bands(x, 0Hz, 1kHz, 6kHz)"] {
            let error = #expect(throws: FeatureError.self) {
                try FeaturePipeline(
                    [FeatureExpression(band)],
                    FeatureScope(fields: fields("x"), rate: 10_000)
                )
            }
            #expect(error?.message == "there is nothing above half the sample rate, 5000.0 Hz")
        }
    }
}

/// Numbers that come out the same every time.
///
/// G. L. Steele et al., "Fast splittable pseudorandom number generators", OOPSLA 2014.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
