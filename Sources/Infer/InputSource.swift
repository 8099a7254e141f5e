// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// What the rows of one input tensor are made of, as `model.yaml` says; not joined with any fields yet.
enum InputSource: Sendable {
    /// Numbers, one feature after the other.
    case features(FeatureSource)
    /// Every number of a policy's readings, for a detector.
    case everyNumber(InputPlace)
    /// A camera's frame.
    case image(FrameSource)

    /// Texts, one field after the other.
    case texts([PlacedFeature])

    /// The same features have the same text.
    var text: String {
        switch self {
        case .features(let source):
            source.features.map(\.expression.text).joined(separator: ", ")
                + (source.window.map { " \($0)" } ?? "")
        case .everyNumber: "*"
        case .texts(let features): features.map(\.expression.text).joined(separator: ", ")
        case .image(let source): "image(\(source.field))"
        }
    }

    /// The fields it reads.
    var fields: Set<String> {
        switch self {
        case .features(let source): Set(source.features.flatMap(\.expression.fields))
        case .everyNumber: []
        case .texts(let features): Set(features.flatMap(\.expression.fields))
        case .image(let source): [source.field]
        }
    }
}

/// Features, and what they are worked out over.
struct FeatureSource: Sendable {
    var features: [PlacedFeature]
    /// What their numbers are normalised with.
    var scaling = FeatureScaling.none
    /// How each device's readings are gathered; nil to look at one reading at a time.
    var window: WindowSpec?
    /// How many numbers of a series there are in a second.
    var rate: Double?

    init(_ features: [PlacedFeature]) {
        self.features = features
    }

    /// How many numbers they make, as far as that is known without a policy's fields.
    var width: Int? {
        features.reduce(0 as Int?) { sum, feature in
            let width = feature.expression.width(windowLength: window?.length)
            return sum.flatMap { sum in width.map { sum + $0 } }
        }
    }

    /// Whether `window` can join the fields it names.
    private func checkJoin(_ fields: [ReadingSpec.Field]) throws(FeatureError) {
        guard let join = window?.join else { return }
        for name in join.on where !fields.contains(where: { $0.name == name }) {
            throw FeatureError(
                "`join: { on: \(name) }` names no field",
                hint: Suggestion.hint(for: name, among: fields.map(\.name)),
                offset: 0
            )
        }
        for (index, feature) in features.enumerated() {
            for name in feature.expression.fields where !join.on.contains(name) {
                guard let field = fields.first(where: { $0.name == name }) else { continue }
                guard !field.isRequired || field.from != nil else {
                    throw FeatureError(
                        "field `\(name)` is joined, and every reading must have it already",
                        hint: "say which topics carry it, `from: …`, or `required: false`",
                        index: index,
                        offset: 0
                    )
                }
                guard field.kind != .samples else {
                    throw FeatureError(
                        "field `\(name)` is a series, and only numbers and texts can be joined",
                        hint: "join to it: `join: { on: \(name) }`",
                        index: index,
                        offset: 0
                    )
                }
            }
        }
    }

    /// The expressions joined with `fields`; the diagnostic points into `model.yaml`.
    func pipeline(
        fields: [ReadingSpec.Field],
        owner: String
    ) throws(Diagnostic) -> FeaturePipeline {
        let read = Set(features.flatMap(\.expression.fields))
        let own = fields.first { $0.rate != nil && read.contains($0.name) }?.rate
        if let own, let rate, own != rate, let first = features.first {
            let message = "the model wants \(rate) samples a second; policy `\(owner)` has \(own)"
            throw first.diagnostic(FeatureError(message, offset: 0))
        }
        do throws(FeatureError) {
            try checkJoin(fields)
            return try FeaturePipeline(
                features.map(\.expression),
                FeatureScope(fields: fields, window: window, rate: rate ?? own),
                scaling: scaling
            )
        } catch {
            var diagnostic = features[error.index].diagnostic(error)
            diagnostic.message += " in policy `\(owner)`"
            throw diagnostic
        }
    }
}
