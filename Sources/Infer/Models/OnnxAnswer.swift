// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// One of a model's outputs that its answer is read from.
struct OnnxOutput: Sendable {
    /// Its place among the model's outputs.
    var index: Int
    /// What it holds; nil for scores by class.
    var element: TensorElement?
    /// The dimensions of one row; nil when the model says them only when it has run.
    var rowDimensions: [Int]?
    /// True when its first dimension counts rows; false when all of it is the one row.
    var isBatched: Bool

    /// The same output where all of it is the one row, whatever its first dimension counts.
    func asWhole(_ outputs: [TensorShape]) -> OnnxOutput {
        let dimensions = outputs[index].dimensions
        return OnnxOutput(
            index: index,
            element: element,
            rowDimensions: dimensions.contains(-1) || dimensions.elementCount == nil
                ? nil : dimensions,
            isBatched: false
        )
    }
}

/// What a model's answer is, and which of its outputs give it.
enum OnnxAnswer: Sendable {
    /// Numbers for each label.
    case classification(ClassificationReader, OnnxOutput)
    /// Scores by class, as ZipMap makes them.
    case scoreMap(ClassificationReader, ScoreMap, ClassNames, OnnxOutput)
    /// A label without probabilities.
    case label(LabelReader, OnnxOutput)
    /// One number, at `element` of a row.
    case value(OnnxOutput, element: Int)
    /// Objects in an image.
    case detections(DetectionReader, boxes: OnnxOutput, scores: OnnxOutput?, classes: OnnxOutput?)

    /// The outputs that are read.
    var outputs: [OnnxOutput] {
        switch self {
        case .classification(_, let output), .scoreMap(_, _, _, let output),
            .label(_, let output), .value(let output, _):
            [output]
        case .detections(_, let boxes, let scores, let classes):
            [boxes, scores, classes].compactMap(\.self)
        }
    }

    /// How probabilities are read; nil without them.
    var classification: ClassificationReader? {
        switch self {
        case .classification(let reading, _), .scoreMap(let reading, _, _, _): reading
        case .label, .value, .detections: nil
        }
    }

    /// The labels, in the order of the probabilities where there are some.
    var labels: [String] {
        switch self {
        case .classification(let reading, _), .scoreMap(let reading, _, _, _): reading.labels
        case .label(let reading, _): reading.labels
        case .detections(let reading, _, _, _): reading.labels
        case .value: []
        }
    }
}

/// What the classes of a model are called in its outputs, and which label each of them is.
struct ClassNames: Sendable {
    private let texts: [String: Int]
    private let numbers: [Int64: Int]

    /// The labels themselves, or their numbers from 0.
    init(labels: [String]) {
        self.init(labels: labels, classes: nil)
    }

    /// `classes` in the order of `labels`; where they are the labels in another order, by their names.
    init(labels: [String], classes: OnnxFile.Classes?) {
        var order = labels
        if let classes, classes.count == labels.count, Set(classes.names) != Set(labels) {
            order = classes.names
        }
        texts = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
        var numbers: [Int64: Int] = [:]
        if case .numbers(let values)? = classes, values.count == labels.count {
            let byName = Set(classes?.names ?? []) == Set(labels)
            for (index, value) in values.enumerated() {
                numbers[value] = byName ? labels.firstIndex(of: String(value)) : index
            }
        } else {
            for index in labels.indices { numbers[Int64(index)] = index }
        }
        self.numbers = numbers
    }

    /// Which label the class called `text` is.
    subscript(text: String) -> Int? { texts[text] }

    /// Which label the class numbered `number` is.
    subscript(number: Int64) -> Int? { numbers[number] }
}

/// How a label without probabilities is read.
struct LabelReader: Sendable {
    /// The labels; empty when the model's own texts are taken as they are.
    var labels: [String]
    var names: ClassNames

    /// How long a label of the model's own may be, in bytes.
    private static let lengthLimit = 256

    func outcome(_ number: Int64?) -> Finding.Outcome {
        guard let number, let index = names[number], labels.indices.contains(index) else {
            return Self.nameless
        }
        return Self.outcome(labels[index])
    }

    func outcome(_ text: String) -> Finding.Outcome {
        if labels.isEmpty, !text.isEmpty, text.utf8.count <= Self.lengthLimit {
            return Self.outcome(text)
        }
        guard let index = names[text], labels.indices.contains(index) else { return Self.nameless }
        return Self.outcome(labels[index])
    }

    private static func outcome(_ label: String) -> Finding.Outcome {
        .classification(Finding.Classification(label: label, score: 1, confidence: nil))
    }

    private static let nameless = Finding.Outcome.failed(
        reason: "the model gave a label it has no name for"
    )
}
