// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// How a reading's fields become one row of a tensor of texts: one field after the other.
///
/// A number is written as Swift writes it, whole ones without a fraction; a truth value as `true` or
/// `false`. Models that take categories were fitted on texts of one kind, so a field should be one.
struct TextPipeline: Sendable {
    private let slots: [Int]
    private let names: [String]

    /// How long a text for a model may be, in bytes.
    private static let lengthLimit = 4_096

    /// The fields it reads.
    var fieldsUsed: Set<String> { Set(names) }

    /// Finds the fields of `features`, which are fields by themselves, among those of the policy `owner`.
    init(
        _ features: [PlacedFeature],
        fields: [ReadingSpec.Field],
        owner: String
    ) throws(Diagnostic) {
        var slots: [Int] = []
        for feature in features {
            guard let name = feature.expression.fields.first else { continue }
            guard let slot = fields.firstIndex(where: { $0.name == name }) else {
                throw feature.diagnostic(
                    FeatureError(
                        "unknown field `\(name)` in policy `\(owner)`",
                        hint: Suggestion.hint(for: name, among: fields.map(\.name)),
                        offset: feature.expression.tree.offset,
                        length: name.count
                    )
                )
            }
            switch fields[slot].kind {
            case .text, .any, .number, .flag: slots.append(slot)
            case .samples, .bytes:
                throw feature.diagnostic(
                    FeatureError(
                        "the model takes texts; field `\(name)` is a \(fields[slot].kind.rawValue) "
                            + "in policy `\(owner)`",
                        offset: feature.expression.tree.offset,
                        length: name.count
                    )
                )
            }
        }
        self.slots = slots
        names = features.compactMap(\.expression.fields.first)
    }

    /// Appends the texts of reading `row` to `texts`; on an error none are appended.
    func place(
        _ readings: ReadingBatch,
        row: Int,
        into texts: inout [String]
    ) throws(FeatureFailure) {
        let start = texts.count
        for (index, slot) in slots.enumerated() {
            let reason: String
            switch readings[row, slot] {
            case .text(let text) where text.utf8.count > Self.lengthLimit:
                reason = "is a text of more than \(Self.lengthLimit) bytes"
            case .text(let text) where text.utf8.contains(0):
                reason = "is a text with a zero in it"
            case .text(let text):
                texts.append(text)
                continue
            case .number(let number):
                texts.append(Int64(exactly: number).map { String($0) } ?? String(number))
                continue
            case .flag(let flag):
                texts.append(flag ? "true" : "false")
                continue
            case .absent: reason = "is missing"
            case .samples, .bytes: reason = "is no text"
            }
            texts.removeLast(texts.count - start)
            throw FeatureFailure(reason: "field `\(names[index])` \(reason)")
        }
    }
}
