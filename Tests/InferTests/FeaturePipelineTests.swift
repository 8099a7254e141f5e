// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Testing
import Vocabulary

@Suite struct FeaturePipelineTests {
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
            ("rms()", "the name of a field is wanted here; found `)`", nil, 4, 1),
            ("vib + 1", "the end of the feature is wanted here; found `+`", nil, 4, 1),
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
