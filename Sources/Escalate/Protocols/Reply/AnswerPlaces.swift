// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Where in a JSON value the answer to one question stands.
public struct AnswerPlaces: Hashable, Sendable {
    /// The label: a text, or a whole number that is an index into the labels.
    public var label: JSONPointer?
    /// How sure it is, 0…1.
    public var confidence: JSONPointer?
    /// One probability a label: a list in the labels' order, or an object by label.
    public var probabilities: JSONPointer?
    /// The labels in the order of that list, where the answer brings them itself.
    public var classes: JSONPointer?
    /// The probability of the second of two labels.
    public var positive: JSONPointer?

    /// Makes a set of places; with none of them the answer is told by its form.
    public init(
        label: JSONPointer? = nil,
        confidence: JSONPointer? = nil,
        probabilities: JSONPointer? = nil,
        classes: JSONPointer? = nil,
        positive: JSONPointer? = nil
    ) {
        self.label = label
        self.confidence = confidence
        self.probabilities = probabilities
        self.classes = classes
        self.positive = positive
    }

    /// True when a place is named from which a label can be told.
    public var tellLabel: Bool { label != nil || probabilities != nil || positive != nil }
}

extension AnswerPlaces {
    /// Reads the answer to one question.
    ///
    /// | the value, where no place is named | is |
    /// |---|---|
    /// | a text, a whole number | the label |
    /// | a list of numbers, one a label | probabilities |
    /// | a list of one value | that value |
    /// | an object | `label`, `confidence`, `probabilities` of it |
    func answer(
        in value: ReplyJSON,
        labels: AnswerLabels
    ) throws(CloudAnswers.Refusal) -> CloudAnswers.Answer {
        guard tellLabel else { return try untold(value, labels: labels, isNested: false) }
        if let positive {
            return try binary(try AnswerLabels.share(value.value(at: positive)), labels: labels)
        }
        var shares: [(label: String, share: Double)]?
        if let probabilities {
            guard let found = value.value(at: probabilities) else {
                throw CloudAnswers.Refusal(message: "the answer has nothing at `\(probabilities)`")
            }
            shares = try pairs(found, in: value, labels: labels)
        }
        guard let label else { return try best(shares ?? []) }
        guard let found = value.value(at: label) else {
            throw CloudAnswers.Refusal(message: "the answer has nothing at `\(label)`")
        }
        let named = try labels.named(found).label
        if let confidence {
            let share = try AnswerLabels.share(value.value(at: confidence))
            return CloudAnswers.Answer(label: named, confidence: share)
        }
        let share = shares?.first { $0.label == named }?.share
        return CloudAnswers.Answer(label: named, confidence: share ?? shares?.map(\.share).max())
    }

    private func untold(
        _ value: ReplyJSON,
        labels: AnswerLabels,
        isNested: Bool
    ) throws(CloudAnswers.Refusal) -> CloudAnswers.Answer {
        switch value {
        case .text, .integer:
            return CloudAnswers.Answer(label: try labels.named(value).label, confidence: nil)
        case .list(let values) where values.count == 1 && !isNested:
            return try untold(values[0], labels: labels, isNested: true)
        case .list(let values) where values.count > 1:
            return try best(try pairs(value, in: value, labels: labels))
        case .object:
            var places = AnswerPlaces()
            if value["label"] != nil { places.label = JSONPointer(steps: ["label"]) }
            if value["confidence"] != nil { places.confidence = JSONPointer(steps: ["confidence"]) }
            if value["probabilities"] != nil {
                places.probabilities = JSONPointer(steps: ["probabilities"])
            }
            guard places.tellLabel else { fallthrough }
            return try places.answer(in: value, labels: labels)
        default:
            throw CloudAnswers.Refusal(message: "the answer has no label and no probabilities")
        }
    }

    /// The shares by label: of an object by label, of a list in the order of its classes or of the labels.
    private func pairs(
        _ found: ReplyJSON,
        in value: ReplyJSON,
        labels: AnswerLabels
    ) throws(CloudAnswers.Refusal) -> [(label: String, share: Double)] {
        var pairs: [(label: String, share: Double)] = []
        if case .object(let members) = found {
            for member in members {
                let name = try labels.named(.text(member.name)).label
                pairs.append((name, try AnswerLabels.share(member.value)))
            }
            return pairs
        }
        guard let list = found.list else {
            throw CloudAnswers.Refusal(
                message: "the probabilities are neither a list nor an object"
            )
        }
        let classes = classes.flatMap { value.value(at: $0)?.list }
        guard let count = classes?.count ?? labels.names?.count ?? list.count as Int?,
            list.count == count
        else {
            throw CloudAnswers.Refusal(
                message: "the answer has \(list.count) probabilities, not one a label"
            )
        }
        for (index, element) in list.enumerated() {
            var name = labels.name(at: index)
            if let classes { name = try labels.named(classes[index]).label }
            pairs.append((name, try AnswerLabels.share(element)))
        }
        return pairs
    }

    private func best(
        _ pairs: [(label: String, share: Double)]
    ) throws(CloudAnswers.Refusal) -> CloudAnswers.Answer {
        guard let best = pairs.max(by: { $0.share < $1.share }) else {
            throw CloudAnswers.Refusal(message: "the answer has no probabilities")
        }
        return CloudAnswers.Answer(label: best.label, confidence: best.share)
    }

    private func binary(
        _ share: Double,
        labels: AnswerLabels
    ) throws(CloudAnswers.Refusal) -> CloudAnswers.Answer {
        let index = share >= 0.5 ? 1 : 0
        return CloudAnswers.Answer(
            label: labels.name(at: index),
            confidence: max(share, 1 - share)
        )
    }
}
