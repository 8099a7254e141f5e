// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The labels an endpoint may answer with; any where none are configured.
struct AnswerLabels: Sendable {
    /// In the order of the probabilities.
    let names: [String]?

    /// The label a value stands for, and its place among the labels where those are known.
    ///
    /// A text is a label itself; a whole number is an index into the labels.
    func named(_ value: ReplyJSON) throws(CloudAnswers.Refusal) -> (label: String, index: Int?) {
        if let text = value.text {
            guard let names else {
                guard !text.isEmpty, text.utf8.count <= 256 else {
                    throw CloudAnswers.Refusal(message: "the label is empty or too long")
                }
                return (text, nil)
            }
            guard let index = names.firstIndex(of: text) else {
                let shown = String(text.prefix(64))
                throw CloudAnswers.Refusal(message: "`\(shown)` is none of the endpoint's labels")
            }
            return (text, index)
        }
        guard let number = value.integer else {
            throw CloudAnswers.Refusal(message: "the label is neither a text nor a whole number")
        }
        guard let names else { return (String(number), nil) }
        guard let index = Int(exactly: number), names.indices.contains(index) else {
            throw CloudAnswers.Refusal(message: "label \(number) is none of the endpoint's labels")
        }
        return (names[index], index)
    }

    /// The label that `index` stands for.
    func name(at index: Int) -> String {
        guard let names, names.indices.contains(index) else { return String(index) }
        return names[index]
    }

    /// A probability; rounding in the cloud's arithmetic may overshoot a little.
    static func share(_ value: ReplyJSON?) throws(CloudAnswers.Refusal) -> Double {
        guard let share = value?.number, share >= -1e-3, share <= 1.001 else {
            throw CloudAnswers.Refusal(message: "a probability is not a number from 0 to 1")
        }
        return min(max(share, 0), 1)
    }
}
