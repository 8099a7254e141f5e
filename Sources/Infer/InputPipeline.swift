// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Media
import Vocabulary

/// How a reading of one policy becomes one row of one input tensor.
///
/// Immutable; what must be remembered from reading to reading belongs to the lane.
enum InputPipeline: Sendable {
    /// Numbers, one feature after the other.
    case features(FeaturePipeline)
    /// Every number of the reading.
    case everyNumber(NumberFields)
    /// Texts, one field after the other.
    case texts(TextPipeline)
    /// A camera's frame, decoded and resized.
    case image(FramePipeline)

    /// Joins `source` with the fields of the policy `owner`.
    ///
    /// The diagnostic thrown points at the place in `model.yaml` that `fields` cannot serve. `width` is
    /// how many numbers the tensor's row takes, where that is fixed.
    init(
        _ source: InputSource,
        width: Int?,
        fields: [ReadingSpec.Field],
        owner: String
    ) throws(Diagnostic) {
        switch source {
        case .features(let source):
            let pipeline = try source.pipeline(fields: fields, owner: owner)
            if let made = pipeline.width, let width, made != width,
                let first = source.features.first
            {
                let message = "the features make \(made) numbers of policy `\(owner)`'s readings"
                throw first.diagnostic(
                    FeatureError("\(message); the model takes \(width)", offset: 0)
                )
            }
            self = .features(pipeline)
        case .everyNumber(let place):
            guard let numbers = NumberFields(fields) else {
                throw Diagnostic(
                    .error,
                    "no field of policy `\(owner)`'s readings can be a number",
                    hint: "name a field that is one under `reading.fields`",
                    file: place.file,
                    line: place.line,
                    column: place.column
                )
            }
            self = .everyNumber(numbers)
        case .texts(let features):
            self = .texts(try TextPipeline(features, fields: fields, owner: owner))
        case .image(let source):
            self = .image(try FramePipeline(source, fields: fields, owner: owner))
        }
    }

    /// The fields it reads.
    var fieldsUsed: Set<String> {
        switch self {
        case .features(let pipeline): pipeline.fieldsUsed
        case .everyNumber(let numbers): numbers.names
        case .texts(let pipeline): pipeline.fieldsUsed
        case .image(let pipeline): pipeline.fieldsUsed
        }
    }

    /// How many numbers it makes; nil when that depends on the reading.
    var width: Int? {
        switch self {
        case .features(let pipeline): pipeline.width
        case .everyNumber(let numbers): numbers.slots.count
        case .texts: nil
        case .image(let pipeline): pipeline.source.transform.count
        }
    }

    /// Appends the numbers of reading `row` to `numbers`; on an error none are appended, and
    /// none for texts.
    func place<Number: BinaryFloatingPoint>(
        _ readings: ReadingBatch,
        row: Int,
        into numbers: inout [Number],
        using workspace: FeatureWorkspace
    ) throws(FeatureFailure) {
        switch self {
        case .features(let pipeline):
            try pipeline.place(readings, row: row, into: &numbers, using: workspace)
        case .everyNumber(let fields): try fields.place(readings, row: row, into: &numbers)
        case .texts: break
        case .image(let pipeline):
            try pipeline.place(readings, row: row, into: &numbers, using: workspace)
        }
    }
}
