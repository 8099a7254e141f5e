// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A model together with the policy that asks it: what a lane is given to infer with.
///
/// Copied often, and cheap to copy.
public struct ModelHandle: Sendable {
    /// What was worked out once, when the two were joined.
    let bound: BoundModel
    /// The version that speaks for some devices instead; nil for none.
    public internal(set) var canary: ModelCompanion?
    /// The version that runs beside; nil for none.
    public internal(set) var shadow: ModelCompanion?
    /// True for a version that must not get in the way of the one that speaks.
    var isBeside = false
    /// How long a run may take before it is counted as slow; nil where nobody says.
    var slowAfter: Interval?

    /// The model's name and version.
    public var reference: ModelReference { bound.reference }
    /// Whose readings it is asked about: detectors keep the devices of different owners apart.
    public var owner: String { bound.owner }
    /// The fields it reads, of those the owner's readings have.
    public var fieldsUsed: Set<String> { bound.fieldsUsed }
    /// What its numbers are made of, in the policy's own fields: states are kept while it is the same.
    var inputsDigest: String { bound.inputsDigest }
    /// What thresholds are keyed by: see `ModelDescription.shortDigest`.
    public var digest: String? { bound.digest }
    /// How many readings go in one run at most.
    public var maximumBatch: Int {
        switch model {
        case .onnx(let model): model.maximumBatch
        case .detector: .max
        }
    }
    /// How fast it is, as all that run it have found; nil for a detector, which takes no time.
    public var pace: ModelPace? {
        switch model {
        case .onnx(let model): model.pace
        case .detector: nil
        }
    }
    /// True when what it says depends on a device's earlier readings, so that it must see them all, once
    /// and in order.
    public var remembers: Bool { bound.remembers }
    var model: LoadedModel { bound.model }
    var pipelines: [InputPipeline] { bound.pipelines }
}

/// What is known of a model and a policy together.
///
/// Immutable.
final class BoundModel: Sendable {
    let reference: ModelReference
    let owner: String
    let fieldsUsed: Set<String>
    let inputsDigest: String
    let digest: String?
    let model: LoadedModel
    let pipelines: [InputPipeline]
    let window: WindowSpec?
    let isWindowed: Bool
    let remembers: Bool
    /// Nil where some number is more than a field by itself.
    let plain: PlainColumns?

    init(
        _ model: LoadedModel,
        _ reference: ModelReference,
        owner: String,
        pipelines: [InputPipeline],
        inputsDigest: String,
        digest: String?
    ) {
        self.model = model
        self.reference = reference
        self.owner = owner
        self.pipelines = pipelines
        self.inputsDigest = inputsDigest
        self.digest = digest
        fieldsUsed = pipelines.reduce(into: []) { $0.formUnion($1.fieldsUsed) }
        let features = pipelines.lazy.compactMap { pipeline in
            if case .features(let pipeline) = pipeline { pipeline } else { nil }
        }
        window = features.first?.scope.window
        isWindowed = window != nil
        remembers =
            switch model {
            case .onnx: isWindowed
            case .detector: true
            }
        plain = PlainColumns(model, pipelines)
    }
}

/// Where the fields stand in the tensors of a model whose every number is a field by itself.
struct PlainColumns: Sendable {
    /// The slots, input after input.
    let slots: [Int]
    /// How many of them each input has.
    let widths: [Int]

    /// Nil for any other model, and for one that takes other numbers than 32-bit floating point ones.
    init?(_ model: LoadedModel, _ pipelines: [InputPipeline]) {
        guard case .onnx(let model) = model, model.inputs.count == pipelines.count else {
            return nil
        }
        var slots: [Int] = []
        var widths: [Int] = []
        for (input, pipeline) in zip(model.inputs, pipelines) {
            guard case .features(let pipeline) = pipeline, let plain = pipeline.plainSlots,
                input.element == .float32, input.width == plain.count
            else { return nil }
            slots += plain
            widths.append(plain.count)
        }
        self.slots = slots
        self.widths = widths
    }
}
