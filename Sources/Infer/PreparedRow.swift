// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What a model is fed of one reading, worked out ahead of its run.
///
/// Models that remember what came before (windows, detectors) must see every reading once and in order:
/// the lane does that when the reading arrives, and whoever runs the model later needs nothing but this.
public enum PreparedRow: Equatable, Sendable {
    /// The reading completes no window: it routes nowhere.
    case nothing
    /// The numbers of each input, in the model's order.
    case numbers([[Double]])
    /// The same where some inputs take texts: those of each, by its place among the inputs.
    case mixed([[Double]], texts: [Int: [String]])
    /// What a detector said, or why there is nothing to run.
    case answer(Answer)

    /// What there is of a reading of which nothing was kept: it fails.
    public static let notKept = PreparedRow.answer(
        Answer(.failed(reason: "what the model is fed was not kept with the reading"))
    )

    /// An answer that wants no run.
    public struct Answer: Codable, Equatable, Sendable {
        var label: String?
        var score: Double?
        var confidence: Double?
        var failed: String?

        /// Keeps what a detector gave: a label, or why there is none.
        public init(_ outcome: Finding.Outcome) {
            switch outcome {
            case .classification(let found):
                label = found.label
                score = found.score
                confidence = found.confidence
            case .failed(let reason), .skipped(let reason): failed = reason
            case .value, .detections: failed = "a detector gives a label"
            }
        }

        /// The answer as a model gives it.
        var outcome: Finding.Outcome {
            guard let label else { return .failed(reason: failed ?? "not kept") }
            return .classification(
                .init(label: label, score: score ?? 0, confidence: confidence)
            )
        }
    }
}

extension PreparedRow: Codable {
    private enum CodingKeys: String, CodingKey {
        case numbers
        case texts
        case answer
    }

    /// Reads what `encode` wrote: an object without either is no window.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let numbers = try container.decodeIfPresent([[Double]].self, forKey: .numbers) {
            let texts = try container.decodeIfPresent([Int: [String]].self, forKey: .texts)
            self = texts.map { .mixed(numbers, texts: $0) } ?? .numbers(numbers)
        } else if let answer = try container.decodeIfPresent(Answer.self, forKey: .answer) {
            self = .answer(answer)
        } else {
            self = .nothing
        }
    }

    /// Writes it as an object with at most one member, but for texts beside numbers.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .nothing: break
        case .numbers(let numbers): try container.encode(numbers, forKey: .numbers)
        case .mixed(let numbers, let texts):
            try container.encode(numbers, forKey: .numbers)
            try container.encode(texts, forKey: .texts)
        case .answer(let answer): try container.encode(answer, forKey: .answer)
        }
    }
}
