// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
public import Vocabulary

extension CoreEngine {
    /// Which versions of each model are loaded.
    public enum Versions: Sendable {
        /// The one with the highest number.
        case latest
        /// All of them.
        case all
    }

    /// Loads the models of the repository at `path`, called `name` in diagnostics.
    ///
    /// ONNX Runtime is loaded from `runtimeLibrary`, or from where the dynamic linker looks, when
    /// a model wants it and not before; `session` is how it runs models that do not say otherwise. A
    /// model that is new to this process is run by `trialProgram` first, where there is one. Every problem of every model is reported; the engine is
    /// nil when one of them is an error. Blocks: it reads and tries every model.
    public static func load(
        repository path: String,
        shownAs name: String,
        runtimeLibrary: String? = nil,
        versions: Versions = .latest,
        session: SessionSettings = SessionSettings(),
        trialProgram: TrialProgram? = TrialProgram.standing,
        logger: Logger
    ) -> (engine: CoreEngine?, diagnostics: [Diagnostic]) {
        let (folders, problems) = ModelRepository(path: path, name: name).folders(versions)
        var diagnostics = problems
        var models: [(ModelDescription, LoadedModel)] = []
        var loader = ModelLoader(
            repository: name,
            runtimeLibrary: runtimeLibrary,
            session: session,
            trialProgram: trialProgram
        )
        for folder in folders {
            let (model, found) = loader.load(folder)
            diagnostics += found
            guard let model else { continue }
            models.append(model)
            logger.info(
                "model loaded",
                metadata: [
                    "model": "\(model.0.reference)",
                    "kind": "\(model.0.kind.rawValue)",
                    "estimate_us": "\(model.0.estimate.nanoseconds / 1_000)",
                ]
            )
        }
        let isUsable = !diagnostics.contains { $0.severity == .error }
        return (isUsable ? CoreEngine(models) : nil, diagnostics)
    }
}
