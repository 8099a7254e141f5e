// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Logging
public import Vocabulary

extension CoreEngine {
    /// Which versions of each model are loaded.
    public enum Versions: Sendable {
        /// Those that have a role: without other words, the one with the highest number.
        case latest
        /// All of them.
        case all
    }

    /// Loads the models of the repository at `path`, called `name` in diagnostics.
    ///
    /// ONNX Runtime is loaded from `runtimeLibrary`, or from where the dynamic linker looks, when
    /// a model wants it and not before; `session` is how it runs models that do not say otherwise. A
    /// model that is new to this process is run by `trialProgram` first, where there is one. Every
    /// problem of every model is reported; the engine is nil when one of them is an error. Blocks: it
    /// reads and tries every model.
    public static func load(
        repository path: String,
        shownAs name: String,
        runtimeLibrary: String? = nil,
        versions: Versions = .latest,
        session: SessionSettings = SessionSettings(),
        trialProgram: TrialProgram? = TrialProgram.standing,
        logger: Logger
    ) -> (engine: CoreEngine?, diagnostics: [Diagnostic]) {
        let loading = load(
            repository: path,
            shownAs: name,
            runtimeLibrary: runtimeLibrary,
            versions: versions,
            session: session,
            trialProgram: trialProgram,
            selecting: ModelSelection(),
            logger: logger
        )
        return (loading.engine, loading.diagnostics)
    }

    /// The same for the versions that `selection` comes to.
    ///
    /// Of a model without a pinned version the highest one that loads is taken; a higher one that does
    /// not is left out with warnings, and so is a canary or a shadow. What is loaded is what was
    /// checked; a version that is half copied never is, because `model.yaml` pins the file's digest.
    public static func load(
        repository path: String,
        shownAs name: String,
        runtimeLibrary: String? = nil,
        versions: Versions = .latest,
        session: SessionSettings = SessionSettings(),
        trialProgram: TrialProgram? = TrialProgram.standing,
        selecting selection: ModelSelection,
        logger: Logger
    ) -> ModelLoading {
        var muster = ModelMuster(
            repository: ModelRepository(path: path, name: name),
            loader: ModelLoader(
                repository: name,
                runtimeLibrary: runtimeLibrary,
                session: session,
                trialProgram: trialProgram
            ),
            selection: selection,
            logger: logger
        )
        switch versions {
        case .latest: muster.loadSelected()
        case .all: muster.loadAll()
        }
        return muster.result
    }
}
