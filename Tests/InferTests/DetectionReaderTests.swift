// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct `Reading detections` {
    private func reading(
        _ layout: DetectionReader.Layout,
        format: DetectionReader.BoxFormat = .xyxy,
        source: DetectionReader.Source = .probability,
        labels: [String] = ["cat", "dog"],
        size: Double = 1,
        firstClass: Int = 0,
        least: Double = 0.25,
        most: Int = 100
    ) -> DetectionReader {
        DetectionReader(
            labels: labels,
            layout: layout,
            format: format,
            width: size,
            height: size,
            source: source,
            firstClass: firstClass,
            least: least,
            overlap: 0.45,
            most: most
        )
    }

    /// What `reading` says of tables written row by row.
    private func outcome(
        _ reading: DetectionReader,
        boxes: [[Float]],
        scores: [[Float]]? = nil,
        classes: [[Float]]? = nil
    ) -> Finding.Outcome {
        var scratch = DetectionScratch()
        func with<Result>(
            _ table: [[Float]]?,
            _ body: (DetectionReader.Grid?) -> Result
        ) -> Result {
            guard let table else { return body(nil) }
            let columns = table.first?.count ?? 0
            return table.flatMap(\.self).withUnsafeBufferPointer { numbers in
                body(
                    numbers.baseAddress.map {
                        DetectionReader.Grid(
                            base: $0,
                            rows: table.count,
                            columns: columns,
                            rowStride: columns,
                            columnStride: 1
                        )
                    }
                )
            }
        }
        return with(boxes) { boxes in
            with(scores) { scores in
                with(classes) { classes in
                    guard let boxes else { return .failed(reason: "none") }
                    return reading.outcome(
                        boxes: boxes,
                        scores: scores,
                        classes: classes,
                        scratch: &scratch
                    )
                }
            }
        }
    }

    private func found(_ outcome: Finding.Outcome) -> [Finding.Detection]? {
        guard case .detections(let detections) = outcome else { return nil }
        return detections
    }

    private func isNear(_ left: [Double], _ right: [Double]) -> Bool {
        left.count == right.count && zip(left, right).allSatisfy { abs($0 - $1) < 1e-5 }
    }

    @Test func `keeps the best of boxes that overlap, class by class`() throws {
        let detections = try #require(
            found(
                outcome(
                    reading(.yolo),
                    boxes: [
                        [0.1, 0.1, 0.5, 0.5, 0.6, 0.1],
                        [0.1, 0.1, 0.5, 0.52, 0.9, 0.2],
                        [0.1, 0.1, 0.5, 0.5, 0.1, 0.7],
                        [0.6, 0.6, 0.9, 0.9, 0.5, 0.3],
                        [0, 0, 1, 1, 0.1, 0.2],
                    ]
                )
            )
        )
        #expect(detections.map(\.label) == ["cat", "dog", "cat"])
        #expect(isNear(detections.map(\.score), [0.9, 0.7, 0.5]))
        #expect(isNear(detections[0].box, [0.1, 0.1, 0.5, 0.52]))
    }

    @Test(
        arguments: [
            (DetectionReader.BoxFormat.xyxy, [10, 20, 30, 60] as [Float]),
            (.cxcywh, [20, 40, 20, 40]), (.xywh, [10, 20, 20, 40]), (.yxyx, [20, 10, 60, 30]),
        ]
    )
    func `reads boxes of every form as fractions of the image`(
        _ format: DetectionReader.BoxFormat,
        _ box: [Float]
    ) throws {
        let detections = try #require(
            found(outcome(reading(.yolo, format: format, size: 100), boxes: [box + [0.9, 0]]))
        )
        #expect(isNear(detections[0].box, [0.1, 0.2, 0.3, 0.6]))
    }

    @Test func `multiplies an object's score with its class's`() throws {
        let detections = try #require(
            found(
                outcome(
                    reading(.yolo5),
                    boxes: [[0, 0, 1, 1, 0.5, 0.2, 0.8], [0, 0, 1, 1, 0.1, 0.9, 0.9]]
                )
            )
        )
        #expect(detections.map(\.label) == ["dog"])
        #expect(isNear(detections.map(\.score), [0.4]))
    }

    @Test func `takes boxes whose overlaps are gone as they are`() throws {
        let detections = try #require(
            found(
                outcome(
                    reading(.final, firstClass: 1),
                    boxes: [[0, 0, 1, 1, 0.9, 2], [0, 0, 1, 1, 0.8, 2], [0, 0, 1, 1, 0.1, 1]]
                )
            )
        )
        #expect(detections.map(\.label) == ["dog", "dog"])
    }

    @Test func `reads logits, with and without one for nothing`() throws {
        let boxes: [[Float]] = [[0, 0, 0.2, 0.2], [0.5, 0.5, 0.9, 0.9]]
        let plain = try #require(
            found(
                outcome(
                    reading(.separate, source: .logit),
                    boxes: boxes,
                    scores: [[2, -3], [-4, -4]]
                )
            )
        )
        #expect(plain.map(\.label) == ["cat"])
        #expect(isNear(plain.map(\.score), [0.880797]))
        let softmax = try #require(
            found(
                outcome(
                    reading(.separate, source: .logitWithNothing),
                    boxes: boxes,
                    scores: [[0, 2, 0], [1, 1, 9]]
                )
            )
        )
        #expect(softmax.map(\.label) == ["dog"])
        #expect(isNear(softmax.map(\.score), [0.786986]))
    }

    @Test func `cuts boxes at the image and leaves out those beside it`() throws {
        let detections = try #require(
            found(
                outcome(
                    reading(.yolo),
                    boxes: [
                        [-0.5, 0.2, 0.5, 2, 0.9, 0], [1.2, 0, 1.5, 1, 0.8, 0],
                        [0.5, 0.5, 0.5, 0.9, 0.7, 0],
                    ]
                )
            )
        )
        #expect(detections.count == 1)
        #expect(isNear(detections[0].box, [0, 0.2, 0.5, 1]))
    }

    @Test func `fails on what is no score, box or class`() {
        let sound: [Float] = [0, 0, 1, 1]
        for (box, reason) in [
            (sound + [.nan, 0.1], "a score that is no probability"),
            (sound + [.infinity, 0.1], "a score that is no probability"),
            (sound + [7, 0.1], "a score that is no probability"),
            ([0, .nan, 1, 1, 0.9, 0], "a box that is not finite"),
        ] {
            guard case .failed(let found) = outcome(reading(.yolo), boxes: [box]) else {
                Issue.record("\(box) gave detections")
                continue
            }
            #expect(found == "the model gave " + reason)
        }
        let unnamed = outcome(reading(.final), boxes: [sound + [0.9, 5]])
        guard case .failed("the model gave a class it has no name for") = unnamed else {
            Issue.record("a class without a name gave \(unnamed)")
            return
        }
        let uneven = outcome(reading(.separate), boxes: [sound], scores: [[0.5], [0.6]])
        guard case .failed = uneven else {
            Issue.record("\(uneven)")
            return
        }
    }

    @Test func `looks at no more than the best of very many candidates`() throws {
        // Ten thousand boxes that do not touch, the better the later.
        let boxes = (0..<10_000).map { index -> [Float] in
            let left = Float(index % 100) / 100
            let top = Float(index / 100) / 100
            return [left, top, left + 0.005, top + 0.005, 0.3 + Float(index) / 20_000, 0]
        }
        let all = try #require(found(outcome(reading(.yolo, most: 1_000), boxes: boxes)))
        #expect(all.count == 1_000)
        #expect(all.map(\.score) == all.map(\.score).sorted(by: >))
        #expect(isNear([all[0].score], [0.3 + 9_999.0 / 20_000]))
        let few = try #require(found(outcome(reading(.yolo, most: 3), boxes: boxes)))
        #expect(few.map(\.score) == Array(all.map(\.score).prefix(3)))
    }
}

/// The ONNX Runtime needed here is the shared library named by `SLUICE_ONNXRUNTIME`.
@Suite(.enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so"))
struct `Detecting objects` {
    private func detections(
        _ name: String,
        _ yaml: String,
        _ numbers: [Double]
    ) throws -> [Finding.Detection] {
        let asked = try ManyModels.lane(name, yaml, ["s"], kind: .samples)
        let rows = [[FieldValue.samples(0..<numbers.count)], [.samples(0..<numbers.count)]]
        let outcomes = asked.outcomes(rows, samples: numbers)
        #expect(outcomes.count == 2)
        guard case .detections(let found) = outcomes[1] else {
            Issue.record("no detections: \(outcomes)")
            return []
        }
        return found
    }

    @Test func `reads the one tensor of YOLO, boxes across`() throws {
        let found = try detections(
            "yolo",
            "inputs: { x: [s] }\nlabels: [cat, dog]\ndetections: { size: [100, 200] }",
            [
                50, 50, 0, 0, 0,
                100, 100, 0, 0, 0,
                20, 20, 0, 0, 0,
                40, 40, 0, 0, 0,
                0.8, 0.7, 0, 0, 0,
                0.1, 0, 0.2, 0, 0,
            ]
        )
        #expect(found.map(\.label) == ["cat"])
        #expect(zip(found[0].box, [0.4, 0.4, 0.6, 0.6]).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test func `reads boxes and logits of separate outputs`() throws {
        let found = try detections(
            "detr",
            """
            inputs: { x: [s] }
            labels: [cat, dog]
            confidence: { from: logits }
            detections: { boxes: pred_boxes, scores: logits, format: cxcywh }
            """,
            [
                0.5, 0.5, 0.2, 0.2, 0, 6, 0,
                0.2, 0.2, 0.1, 0.1, 0, 0, 9,
                0.8, 0.8, 0.2, 0.2, 5, 0, 0,
            ]
        )
        #expect(found.map(\.label) == ["dog", "cat"])
    }

    @Test func `reads as many boxes as the model gives, or none`() throws {
        let yaml = """
            inputs: { x: [s] }
            labels: [cat, dog]
            detections: { boxes: boxes, scores: scores, classes: labels, first_class: 1 }
            """
        let table: [Double] = [
            0, 0, 0.5, 0.5, 0.9, 2,
            0.5, 0.5, 1, 1, 0.2, 1,
            0, 0.5, 0.5, 1, 0.6, 1,
        ]
        let found = try detections("few", yaml, table)
        #expect(found.map(\.label) == ["dog", "cat"])
        let asked = try ManyModels.lane("few", yaml, ["s"], kind: .samples)
        let none = Array(repeating: 0.0, count: 18)
        guard
            case .detections(let nothing)? = asked.outcomes([[.samples(0..<18)]], samples: none)
                .first
        else {
            Issue.record("no boxes are no detections")
            return
        }
        #expect(nothing.isEmpty)
    }

    @Test func `asks for what it cannot tell`() throws {
        let (_, layout) = try ManyModels.load(
            "yolo",
            "inputs: { x: [s] }\nlabels: [a, b, c]\ndetections: {}"
        )
        #expect(
            layout == ["what the numbers of a box are cannot be told from the shape of the output"]
        )
        let (_, size) = try ManyModels.load(
            "yolo",
            "inputs: { x: [s] }\nlabels: [a, b]\ndetections: { layout: yolo }"
        )
        #expect(size == ["boxes are in pixels, and the model does not say how large its image is"])
    }
}
