// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Testing
import Vocabulary

@Suite struct FeaturePipelineTests {
    private static let unitHint =
        "times end in `ms`, `s`, `m` or `h`, frequencies in `Hz` or `kHz`"
    private static let rateHint = "add it to the model: `rate: 25.6kHz`"
    private static let windowHint = "`window: { count: 1 }` remembers spans and nothing else"
    private static let frequencyWanted =
        "a frequency with its unit is wanted here, such as `50Hz` or `1kHz`"
    private let series: [Double] = [1, -2, 3, 0.5, 2, -1]

    private func numbers(_ expressions: [String], _ batch: ReadingBatch) throws -> [Float] {
        let pipeline = try FeaturePipeline(expressions: expressions, fields: fields("vib", "temp"))
        var numbers: [Float] = []
        try pipeline.write(batch, row: 0, into: &numbers)
        return numbers
    }

    @Test func `takes every statistic of a series`() throws {
        let batch = readings([[.samples(0..<6), .number(41.5)]], samples: series)
        let names = [
            "mean", "std", "min", "max", "rms", "crest", "kurtosis", "skew", "range",
        ]
        let found = try numbers(names.map { "\($0)(vib)" } + ["temp"], batch)
        // From numpy and scipy.stats (population moments, kurtosis with fisher=False).
        let wanted: [Float] = [
            0.583_333_3, 1.693_533_5, -2, 3, 1.791_182_1, 1.674_871_6, 1.803_053_3, -0.143_450_3, 5,
            41.5,
        ]
        for (found, wanted) in zip(found, wanted) {
            #expect(abs(found - wanted) < 1e-5)
        }
        #expect(found.count == wanted.count)
    }

    @Test func `gives zero where a series has no shape`() throws {
        let batch = readings(
            [[.samples(0..<3), .absent]],
            samples: [0.1, 0.1, 0.1]
        )
        #expect(try numbers(["kurtosis(vib)", "skew(vib)", "std(vib)"], batch) == [0, 0, 0])
        let silent = readings([[.samples(0..<2), .absent]], samples: [0, 0])
        #expect(try numbers(["crest(vib)", "rms(vib)"], silent) == [0, 0])
    }

    @Test func `gives a whole series and truth values as numbers`() throws {
        let batch = readings([[.samples(1..<3), .flag(true)]], samples: series)
        #expect(try numbers(["vib", "temp"], batch) == [-2, 3, 1])
    }

    @Test func `knows its width when no series stands by itself`() throws {
        let open = try FeaturePipeline(
            expressions: ["vib", "rms(vib)"],
            fields: fields("vib", kind: .samples)
        )
        #expect(open.width == nil)
        let fixed = try FeaturePipeline(
            expressions: ["rms(vib)", "mean( vib )"],
            fields: fields("vib")
        )
        #expect(fixed.width == 2)
        #expect(fixed.fieldsUsed == ["vib"])
    }

    @Test(
        arguments: [
            ("rmss(vib)", "unknown feature function `rmss`", "did you mean `rms`?", 0, 4),
            ("rms(vob)", "unknown field `vob`", "did you mean `vib`?", 4, 3),
            ("rms(vib", "`)` is wanted here; found the end", nil, 7, 1),
            ("rms()", "a number, a field or a function is wanted here; found `)`", nil, 4, 1),
            ("vib ] 1", "the end of the feature is wanted here; found `]`", nil, 4, 1),
            ("rms(vib, 3)", "a span of time is wanted here, such as `10m`", nil, 9, 1),
            ("crest(vib, temp, 3)", "`crest` is written `crest(x) or crest(x, 10m)`", nil, 0, 19),
            ("1 + 2", "a feature reads a field", nil, 0, 5),
            ("vib + 5ms", "a number is wanted here; found one with a unit", nil, 6, 3),
            ("vib + 5parsec", "unknown unit `parsec`", unitHint, 7, 6),
            ("slope(vib)", "the sample rate is not known", rateHint, 0, 10),
            ("band(vib, 1, 2, 9Hz)", frequencyWanted, nil, 10, 1),
            ("band(vib, 4kHz, 1kHz, 25.6kHz)", "the frequencies of a band go up", nil, 16, 4),
            ("clip(temp, 1, -1)", "the lower bound is above the upper one", nil, 0, 17),
            ("quantile(vib, 90)", "a quantile lies between 0 and 1", nil, 14, 2),
            ("one_hot(temp, a, b, a)", "this category is there twice", nil, 20, 1),
            ("scale(temp, 1, 0)", "a standard deviation is more than 0", nil, 15, 1),
            ("mean(temp, 10m)", "a span of time wants a model with a `window`", windowHint, 11, 3),
            ("temp + 'a", "`'` is wanted here; found the end", nil, 9, 1),
            ("", "a feature begins with a name", nil, 0, 1),
        ] as [(String, String, String?, Int, Int)]
    )
    func `points at what is wrong`(
        _ text: String,
        _ message: String,
        _ hint: String?,
        _ offset: Int,
        _ length: Int
    ) throws {
        let error = #expect(throws: FeatureError.self) {
            try FeaturePipeline(expressions: ["temp", text], fields: fields("vib", "temp"))
        }
        let wanted = FeatureError(message, hint: hint, index: 1, offset: offset, length: length)
        #expect(error == wanted)
    }

    @Test func `refuses a function of a number and a text as a number`() throws {
        for (text, kind) in [("rms(x)", ReadingSpec.FieldKind.number), ("x", .text)] {
            #expect(throws: FeatureError.self) {
                try FeaturePipeline(expressions: [text], fields: fields("x", kind: kind))
            }
        }
    }

    @Test(arguments: [
        (FieldValue.absent, "is missing"),
        (.text("secret"), "is a text"),
        (.number(.infinity), "is not a finite number"),
        (.number(1e300), "is not a finite number"),
        (.samples(0..<0), "is an empty series"),
        (.samples(0..<2), "is not a finite number"),
    ])
    func `fails a reading without its values`(_ value: FieldValue, _ reason: String) throws {
        let batch = readings([[.number(1), value]], samples: [.nan, 1])
        let pipeline = try FeaturePipeline(
            expressions: ["vib", "temp"],
            fields: fields("vib", "temp")
        )
        var numbers: [Float] = [7]
        let failure = #expect(throws: FeatureFailure.self) {
            try pipeline.write(batch, row: 0, into: &numbers)
        }
        #expect(failure?.reason == "field `temp` \(reason)")
        #expect(numbers == [7])
    }
}
