// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

/// The ONNX Runtime needed here is the shared library named by `SLUICE_ONNXRUNTIME`.
@Suite(.enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so"))
struct `Shapes of models` {
    private func numbers(_ numbers: Double...) -> [FieldValue] { numbers.map { .number($0) } }

    @Test func `gives open dimensions the sizes that are said`() throws {
        let asked = try ManyModels.lane(
            "symbols",
            "inputs: { x: [a, b, c, d] }\noutputs: { value: \"y[1]\" }\ndimensions: { seq: 2, channels: 2 }",
            ["a", "b", "c", "d"]
        )
        #expect(asked.values([numbers(1, 2, 3, 4), numbers(0, 10, 0, 20)]) == [3, 15])
        #expect(asked.description?.inputs[0].dimensions == [-1, 2, 2])
    }

    @Test func `asks for the sizes of open dimensions it cannot tell`() throws {
        let (engine, problems) = try ManyModels.load(
            "symbols",
            "inputs: { x: [a, b] }\noutputs: { value: y }"
        )
        #expect(engine == nil)
        #expect(problems == ["input `x` has the shape [-1, -1, -1], whose width is open"])
        let (_, unknown) = try ManyModels.load(
            "symbols",
            "inputs: { x: [a, b] }\noutputs: { value: y }\ndimensions: { sequence: 2 }"
        )
        #expect(unknown == ["the model has no open dimension `sequence`"])
    }

    @Test func `fills an open width with what each reading has`() throws {
        let asked = try ManyModels.lane(
            "open",
            "inputs: { x: [s] }",
            ["s"],
            kind: .samples
        )
        let rows: [[FieldValue]] = [
            [.samples(0..<2)], [.samples(2..<4)], [.samples(4..<5)], [.samples(5..<8)],
        ]
        let samples: [Double] = [1, 5, 2, 3, 9, 7, 8, 4]
        for _ in 0..<2 { #expect(asked.values(rows, samples: samples) == [5, 3, 9, 8]) }
        // Two of one width, and one each of two others: three runs a batch.
        #expect(asked.engine.tally.runs == 6)
    }

    @Test func `pads a batch of a fixed size and cuts it again`() throws {
        let asked = try ManyModels.lane(
            "batch-of-4",
            "inputs: { x: [a, b, c] }\nlabels: [x, y, z]",
            ["a", "b", "c"]
        )
        let rows = (0..<6).map { row in
            (0..<3).map { FieldValue.number($0 == row % 3 ? 5 : 0) }
        }
        #expect(asked.labels(rows) == ["x", "y", "z", "x", "y", "z"])
        #expect(asked.engine.tally.runs == 2)
        #expect(asked.description?.maximumBatch == 4)
    }

    @Test func `runs a model without a batch dimension reading by reading`() throws {
        for batch in ["", "\nbatch: none"] {
            let asked = try ManyModels.lane(
                "one-row",
                "inputs: { x: [a, b, c] }\nlabels: [x, y, z]" + batch,
                ["a", "b", "c"]
            )
            #expect(asked.labels([numbers(9, 0, 0), numbers(0, 0, 9)]) == ["x", "z"])
            #expect(asked.engine.tally.runs == 2)
        }
    }

    @Test func `takes and gives scalars`() throws {
        let asked = try ManyModels.lane("scalars", "inputs: { a: [a], b: [b] }", ["a", "b"])
        #expect(asked.values([numbers(2, 3), numbers(4, 5)]) == [6, 20])
    }

    @Test func `reads labels that are texts or truth values`() throws {
        let texts = try ManyModels.lane("label-text", "inputs: { x: [a] }", ["a"])
        #expect(texts.labels([numbers(0), numbers(1), numbers(7)]) == ["cold", "hot", "neither"])
        let named = try ManyModels.lane(
            "label-text",
            "inputs: { x: [a] }\nlabels: [cold, hot]",
            ["a"]
        )
        #expect(named.labels([numbers(0), numbers(1), numbers(7)]) == ["cold", "hot", nil])
        let flags = try ManyModels.lane(
            "label-flag",
            "inputs: { x: [a] }\noutputs: { label: label }\nlabels: [below, above]",
            ["a"]
        )
        #expect(flags.labels([numbers(-1), numbers(1)]) == ["below", "above"])
    }

    @Test func `takes labels from the notes in the file`() throws {
        let asked = try ManyModels.lane("noted", "inputs: { x: [a, b, c] }", ["a", "b", "c"])
        #expect(asked.labels([numbers(0, 5, 0)]) == ["dog, wet"])
        let description = try #require(asked.description)
        #expect(description.labels == ["cat", "dog, wet", "bird"])
        #expect(description.file?.producer == "sluice-tests 1.0")
        #expect(description.file?.notes["task"] == "classify")
        #expect(description.file?.operatorSets[""] == 17)
    }
}
