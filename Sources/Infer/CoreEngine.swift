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
    /// What has been counted since it was loaded.
    public let tally = InferTally()
    private let loaded: [ModelReference: LoadedModel]
    private let latest: [String: ModelReference]

    init(_ models: [(ModelDescription, LoadedModel)]) {
        var latest: [String: ModelReference] = [:]
        for (description, _) in models {
            let reference = description.reference
            let known = latest[reference.name].flatMap { Int($0.version) }
            if let known, known > Int(reference.version) ?? 0 { continue }
            latest[reference.name] = reference
        }
        self.latest = latest
        self.models = Dictionary(models.map { ($0.0.reference, $0.0) }) { first, _ in first }
        loaded = Dictionary(models.map { ($0.0.reference, $0.1) }) { first, _ in first }
    }

    /// The model that `text` means: `name` for its latest version, or `name/version`.
    public func resolve(_ text: String) -> ModelReference? {
        if let reference = latest[text] { return reference }
        guard let slash = text.lastIndex(of: "/") else { return nil }
        let reference = ModelReference(
            name: String(text[..<slash]),
            version: String(text[text.index(after: slash)...])
        )
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
        guard let model = loaded[reference] else {
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
            reference: reference,
            owner: owner,
            fieldsUsed: pipelines.reduce(into: []) { $0.formUnion($1.fieldsUsed) },
            inputsDigest: Self.digest(of: pipelines, model, fields),
            model: model,
            pipelines: pipelines
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
    public func makeLane(time: any TimeSource) -> LaneInference {
        LaneInference(engine: self, time: time)
    }

    func model(_ reference: ModelReference) -> LoadedModel? { loaded[reference] }
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
