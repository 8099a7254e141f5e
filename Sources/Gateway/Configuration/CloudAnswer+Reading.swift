// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Settings
import Vocabulary

extension AnswerPlaces {
    /// Reads `answer`: JSON pointers into the answer to one question.
    init(reading node: SettingsNode?, labels: [String]?) {
        self.init(
            label: node?.optional("label", .pointer),
            confidence: node?.optional("confidence", .pointer),
            probabilities: node?.optional("probabilities", .pointer),
            classes: node?.optional("classes", .pointer),
            positive: node?.optional("positive", .pointer)
        )
        if positive != nil, labels?.count != 2 {
            node?.node("positive")?.problemWithKey(
                "`positive` is the probability of the second of two labels",
                hint: "give `labels: [first, second]`"
            )
        }
        if positive != nil, label != nil || probabilities != nil {
            node?.node("positive")?.problemWithKey(
                "`positive` says it all",
                hint: "leave out `label` and `probabilities`"
            )
        }
        if classes != nil, probabilities == nil {
            node?.node("classes")?.problemWithKey("`classes` are the labels of `probabilities`")
        }
        if confidence != nil, label == nil {
            node?.node("confidence")?.problemWithKey("`confidence` is that of `label`")
        }
    }
}

extension PictureTensor {
    /// Reads `picture`: the tensor that is shown, and how its values become pixels.
    init?(reading node: SettingsNode?, names: [String]) {
        guard let node else { return nil }
        let tensor = node.required("tensor", .string)
        if let tensor, !names.contains(tensor) {
            node.node("tensor")?.problem(
                "`\(tensor)` is no tensor of this model",
                hint: "known: " + names.map { "`\($0)`" }.joined(separator: ", ")
            )
        }
        let width = node.required("width", .integer(in: 1...4_096))
        let height = node.required("height", .integer(in: 1...4_096))
        let channels = node.value("channels", .choice(of: [("1", 1), ("3", 3)]), default: 1)
        let low = node.value("black", .number(), default: 0)
        let high = node.value("white", .number(), default: 255)
        guard low != high else {
            node.problem("`black` and `white` are the same value")
            return nil
        }
        guard let tensor, let width, let height else { return nil }
        self.init(
            tensor: tensor,
            width: width,
            height: height,
            channels: channels,
            low: Float(low),
            high: Float(high)
        )
    }
}

extension SettingsNode {
    /// The template under `key`; nil when there is none, or a bad one, which is reported.
    func template(_ key: String, names: [String]) -> QuestionTemplate? {
        guard let text = optional(key, .string) else { return nil }
        let template: QuestionTemplate
        do throws(QuestionTemplate.Malformed) {
            template = try QuestionTemplate(text)
        } catch {
            node(key)?.problem(error.message)
            return nil
        }
        let known = names + ["key"]
        for name in template.names where !known.contains(name) {
            node(key)?.problem(
                "`{{\(name)}}` is not known here",
                hint: "known: " + known.map { "`\($0)`" }.joined(separator: ", ")
            )
        }
        return template
    }
}

extension Shape where Value == JSONPointer {
    /// A JSON pointer.
    static var pointer: Shape {
        .parsed("a JSON pointer such as `/predictions/0/label`") { text in
            do throws(JSONPointer.Malformed) {
                return try JSONPointer(text)
            } catch {
                throw ShapeMismatch(hint: error.message)
            }
        }
    }
}

extension Shape where Value == String {
    /// A topic to publish on.
    static var publishTopic: Shape {
        .parsed("a topic such as `models/wear/ask`") { text in
            guard !text.isEmpty, text.utf8.count <= 1_024, !text.contains("\0") else {
                throw ShapeMismatch()
            }
            guard !text.contains("#"), !text.contains("+") else {
                throw ShapeMismatch("a topic to publish on has no wildcards")
            }
            return text
        }
    }
}
