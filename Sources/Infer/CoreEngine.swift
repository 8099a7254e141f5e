// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Settings
public import Vocabulary

/// The core engine: every local model, loaded, checked and ready to be asked.
///
/// Immutable once loaded; any thread may use it. Lanes share the models and bring their own
/// buffers.
public final class CoreEngine: Sendable {
    /// The models by name and version.
    public let models: [ModelReference: ModelDescription]
    /// Which version of each model does what, by name.
    public let roles: [String: Roles]
    /// What has been counted since the first engine was loaded: swaps go on counting.
    public let tally: InferTally
    private let mustered: [ModelReference: MusteredModel]

    init(_ models: [MusteredModel], roles: [String: Roles], tally: InferTally?) {
        mustered = Dictionary(models.map { ($0.description.reference, $0) }) { first, _ in first }
        self.models = mustered.mapValues(\.description)
        self.roles = roles
        self.tally = tally ?? InferTally()
    }

    /// The model that `text` means: `name` for the version that speaks, or `name/version`.
    public func resolve(_ text: String) -> ModelReference? {
        if let active = roles[text]?.active { return active }
        guard let reference = ModelReference(pinned: text) else { return nil }
        return models[reference] == nil ? nil : reference
    }

    /// Joins the model `reference` with the readings of `owner`, a policy by name.
    ///
    /// The diagnostic thrown points at the feature in `model.yaml` that `fields` cannot serve.
    public func bind(
        _ reference: ModelReference,
        fields: [ReadingSpec.Field],
        owner: String
    ) throws(Diagnostic) -> ModelHandle {
        guard let model = mustered[reference]?.model else {
            throw Diagnostic(.error, "unknown model `\(reference)`", file: owner)
        }
        var pipelines: [InputPipeline] = []
        for (index, source) in model.sources.enumerated() {
            pipelines.append(
                try InputPipeline(
                    source,
                    width: model.width(ofInput: index),
                    fields: fields,
                    owner: owner
                )
            )
        }
        return ModelHandle(
            bound: BoundModel(
                model,
                reference,
                owner: owner,
                pipelines: pipelines,
                inputsDigest: Self.digest(of: pipelines, model, fields),
                digest: models[reference]?.shortDigest
            )
        )
    }

    /// SHA-256 of what a model's numbers are made of: the features, and where their fields lie.
    private static func digest(
        of pipelines: [InputPipeline],
        _ model: LoadedModel,
        _ fields: [ReadingSpec.Field]
    ) -> String {
        let used = pipelines.reduce(into: Set<String>()) { $0.formUnion($1.fieldsUsed) }
        let places = fields.filter { used.contains($0.name) }.map {
            "\($0.name)=\($0.path):\($0.kind.rawValue)"
        }
        let features = model.sources.map(\.text)
        let text = (features + places).joined(separator: "\n")
        return SHA256.hash(data: Array(text.utf8)).hexadecimal
    }

    /// Makes the buffers and detector states of one lane, for the thread that calls it.
    ///
    /// Canaries speak where `lot` draws; without one, nowhere.
    public func makeLane(time: any TimeSource, lot: CanaryLot? = nil) -> LaneInference {
        LaneInference(engine: self, time: time, lot: lot)
    }

    func model(_ reference: ModelReference) -> LoadedModel? { mustered[reference]?.model }

    func mustered(_ reference: ModelReference) -> MusteredModel? { mustered[reference] }
}

extension LoadedModel {
    /// How many numbers an input takes; nil for a detector, which takes what it is given.
    func width(ofInput index: Int) -> Int? {
        switch self {
        case .onnx(let model): model.inputs[index].width
        case .detector: nil
        }
    }
}
