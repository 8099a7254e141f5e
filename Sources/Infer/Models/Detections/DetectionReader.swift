// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How an object detector's outputs become detections.
///
/// Every box with a score at or above `least` is a candidate; the best `candidateLimit` of them go
/// through non-maximum suppression within their own class, and the best `most` that are left are the
/// finding. So the cost is one look at each score and at most `candidateLimit` times `most` overlaps,
/// whatever the model says.
struct DetectionReader: Sendable {
    /// What the four numbers of a box are.
    enum BoxFormat: String, CaseIterable, Sendable {
        /// Left, top, right, bottom.
        case xyxy
        /// Centre, width and height.
        case cxcywh
        /// Left, top, width and height.
        case xywh
        /// Top, left, bottom, right.
        case yxyx
    }

    /// How scores, classes and boxes lie in the outputs.
    enum Layout: String, CaseIterable, Sendable {
        /// Boxes, scores and, where a box has one score only, classes: an output each.
        case separate
        /// One output: a box, then a score for each class.
        case yolo
        /// One output: a box, how sure it is that there is an object, then a score for each class.
        case yolo5
        /// One output: a box, its score, its class; overlaps are already gone.
        case final
    }

    /// What a score is.
    enum Source: Sendable {
        /// A probability.
        case probability
        /// The logarithm of odds: the logistic function makes it a probability.
        case logit
        /// Logarithms of odds of the classes and, last, of there being nothing: softmax does.
        case logitWithNothing
    }

    var labels: [String]
    var layout: Layout
    var format: BoxFormat
    /// What boxes are divided by to be fractions of the image; 1 where they are fractions.
    var width: Double
    var height: Double
    var source: Source
    /// The number of the first class in an output of classes.
    var firstClass: Int
    /// The least score.
    var least: Double
    /// From which overlap on the lesser of two boxes of a class goes, as intersection over union.
    var overlap: Double
    /// How many detections are kept.
    var most: Int

    /// How many candidates overlaps are looked for among.
    static let candidateLimit = 1_024
    /// How many numbers one row of an output may have.
    static let numberLimit = 1 << 24

    /// Numbers in rows of boxes and columns, wherever they lie.
    struct Grid {
        var base: UnsafePointer<Float>
        var rows: Int
        var columns: Int
        /// From one row to the next, and from one column to the next.
        var rowStride: Int
        var columnStride: Int

        subscript(row: Int, column: Int) -> Float {
            base[row * rowStride + column * columnStride]
        }

        /// The columns from `first` on.
        func dropping(_ first: Int) -> Grid {
            var grid = self
            grid.base += first * columnStride
            grid.columns -= first
            return grid
        }
    }

    /// What one row of the model's outputs says; the texts of `refusal` go into a failed finding.
    func outcome(
        boxes: Grid,
        scores: Grid?,
        classes: Grid?,
        scratch: inout DetectionScratch
    ) -> Finding.Outcome {
        guard boxes.columns >= 4 else { return Self.failed("boxes of fewer than four numbers") }
        scratch.begin()
        let rest = boxes.dropping(4)
        let isSound: Bool
        switch layout {
        case .separate:
            guard let scores, scores.rows == boxes.rows else {
                return Self.failed("not as many scores as boxes")
            }
            if let classes {
                guard classes.rows == boxes.rows else {
                    return Self.failed("not as many classes as boxes")
                }
                isSound = gather(scores, classes, &scratch)
            } else {
                isSound = gather(scores, objectness: nil, &scratch)
            }
        case .yolo: isSound = gather(rest, objectness: nil, &scratch)
        case .yolo5:
            guard rest.columns >= 2 else { return Self.failed("boxes without classes") }
            isSound = gather(rest.dropping(1), objectness: rest, &scratch)
        case .final:
            guard rest.columns >= 2 else { return Self.failed("boxes without classes") }
            isSound = gather(rest, rest.dropping(1), &scratch)
        }
        guard isSound else { return Self.failed("a score that is no probability") }
        scratch.keepBest(Self.candidateLimit)
        guard place(boxes, in: &scratch) else { return Self.failed("a box that is not finite") }
        let suppression = NonMaximumSuppression(
            overlap: layout == .final ? 1 : overlap,
            most: most
        )
        var detections: [Finding.Detection] = []
        for candidate in suppression.kept(&scratch) {
            guard let label = label(candidate.label) else {
                return Self.failed("a class it has no name for")
            }
            detections.append(
                Finding.Detection(
                    label: label,
                    score: Double(candidate.score),
                    box: [
                        Double(candidate.left), Double(candidate.top), Double(candidate.right),
                        Double(candidate.bottom),
                    ]
                )
            )
        }
        return .detections(detections)
    }

    private func label(_ index: Int) -> String? {
        if labels.isEmpty { return String(index) }
        return labels.indices.contains(index) ? labels[index] : nil
    }

    private static func failed(_ what: String) -> Finding.Outcome {
        .failed(reason: "the model gave \(what)")
    }
}
