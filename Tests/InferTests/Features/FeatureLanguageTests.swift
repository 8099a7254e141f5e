// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct FeatureLanguageTests {
    private let series: [Double] = [1, -2, 3, 0.5, 2, -1]

    private func numbers(
        _ expression: String,
        _ temp: FieldValue = .number(41.5)
    ) throws -> [Double] {
        let batch = readings([[.samples(0..<6), temp]], samples: series)
        let pipeline = try FeaturePipeline(expressions: [expression], fields: fields("vib", "temp"))
        var numbers: [Double] = []
        try pipeline.place(batch, row: 0, into: &numbers, using: FeatureWorkspace())
        return numbers
    }

    @Test(
        arguments: [
            ("temp + 2 * 3", [47.5]),
            ("(temp + 2) * 3", [130.5]),
            ("temp - 1.5 - 2", [38]),
            ("-temp / 2", [-20.75]),
            ("2e1 * temp", [830]),
            ("log(rms(vib)) + log10(temp - 31.5)", [1.582_876]),
            ("sqrt(abs(temp - 82.5)) + exp(log1p(temp))", [48.903_124]),
            ("clip((temp - 3) / 2, 0, 10)", [10]),
            ("scale(temp, 40, 3)", [0.5]),
            ("vib * 2", [2, -4, 6, 1, 4, -2]),
            ("rms(vib - mean(vib))", [1.693_533_5]),
            ("peak(abs(vib))", [3]),
            ("lag(vib, 1)", [2]),
            ("delta(vib)", [-3]),
            ("delta(vib, 2)", [-1.5]),
            ("first(vib) + 10 * last(vib)", [-9]),
            ("diff(vib)", [-3, 5, -2.5, 1.5, -3]),
            ("median(vib)", [0.75]),
            ("quantile(vib, 0.9)", [2.5]),
            ("zero_crossings(vib)", [0.6]),
            ("sum(vib) + count(vib)", [9.5]),
            ("interleave(vib, abs(vib))", [1, 1, -2, 2, 3, 3, 0.5, 0.5, 2, 2, -1, 1]),
            ("one_hot(temp, 1, 41.5, 3)", [0, 1, 0]),
        ] as [(String, [Double])]
    )
    func `works out an expression`(_ expression: String, _ wanted: [Double]) throws {
        let found = try numbers(expression)
        #expect(found.count == wanted.count)
        for (found, wanted) in zip(found, wanted) { #expect(abs(found - wanted) < 1e-5) }
    }

    @Test func `knows texts and flags as categories and gives zeros for others`() throws {
        let expression = "one_hot(temp, idle, 'out of order', true)"
        #expect(try numbers(expression, .text("out of order")) == [0, 1, 0])
        #expect(try numbers(expression, .text("stopped")) == [0, 0, 0])
        #expect(try numbers(expression, .flag(true)) == [0, 0, 1])
    }

    @Test(
        arguments: [
            ("log(temp)", FieldValue.number(0), "`log(temp)` is not a finite number"),
            (
                "1 + rms(temp)", .number(1),
                "field `temp`, which `1 + rms(temp)` reads, is no series"
            ),
            (
                "one_hot(temp, a)", .absent,
                "field `temp`, which `one_hot(temp, a)` reads, is missing"
            ),
            (
                "vib + log(temp)", .text("a"),
                "field `temp`, which `vib + log(temp)` reads, is a text"
            ),
            (
                "vib + temp", .samples(0..<2),
                "field `vib`, which `vib + temp` reads, is not as long as the series beside it"
            ),
            (
                "lag(vib, 6)", .number(1),
                "field `vib`, which `lag(vib, 6)` reads, has fewer than 7 numbers"
            ),
        ] as [(String, FieldValue, String)]
    )
    func `says why a reading has no features`(
        _ expression: String,
        _ temp: FieldValue,
        _ reason: String
    ) {
        let failure = #expect(throws: FeatureFailure.self) { try numbers(expression, temp) }
        #expect(failure?.reason == reason)
    }

    @Test func `takes what is not finite on the way when the end is`() throws {
        #expect(try numbers("clip(log(temp), -10, 10)", .number(0)) == [-10])
    }

    @Test func `knows how many numbers an expression makes`() throws {
        let widths: [(String, Int?, Int?)] = [
            ("rms(vib)", 1, 1), ("vib", nil, 64), ("one_hot(temp, a, b, c)", 3, 3),
            ("bands(vib, 0Hz, 1kHz, 4kHz)", 2, 2), ("diff(vib)", nil, 63),
            ("interleave(vib, temp)", nil, 128), ("vib * 2 + rms(vib)", nil, 64),
        ]
        for (text, alone, windowed) in widths {
            let expression = try FeatureExpression(text)
            #expect(expression.width(windowLength: nil) == alone)
            #expect(expression.width(windowLength: 64) == windowed)
        }
    }

    @Test func `bounds length, depth and parts`() {
        for text in [
            String(repeating: "(", count: 40) + "x" + String(repeating: ")", count: 40),
            String(repeating: "x + ", count: 300) + "x",
            String(repeating: "x", count: 5_000),
        ] {
            #expect(throws: FeatureError.self) { try FeatureExpression(text) }
        }
    }

    @Test func `makes what features share once`() throws {
        var program = FeatureProgram(FeatureScope(fields: fields("vib"), rate: 1_000))
        let texts = ["rms(vib)", "rms(vib) * 2", "band(vib, 1Hz, 2Hz)", "log(band(vib, 1Hz, 2Hz))"]
        _ = try program.add(texts.map { try FeatureExpression($0) })
        // The field, its rms, 2, the product, the band, its logarithm.
        #expect(program.steps.count == 6)
    }

    @Test func `normalises with constants`() throws {
        let pipeline = try FeaturePipeline(
            [try FeatureExpression("vib"), try FeatureExpression("temp")],
            FeatureScope(fields: fields("vib", "temp")),
            scaling: FeatureScaling(means: [1, 0, 40], deviations: [2, 1, 0.5])
        )
        let batch = readings([[.samples(0..<2), .number(41)]], samples: series)
        var numbers: [Float] = []
        try pipeline.write(batch, row: 0, into: &numbers)
        #expect(numbers == [0, -2, 2])
    }
}
