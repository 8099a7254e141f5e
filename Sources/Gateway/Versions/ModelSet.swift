// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import FoundationEssentials
import Infer
import Logging
import Settings
import Vocabulary

/// The models of one edition, with the words and choices that they come from.
struct ModelSet: Sendable {
    /// The models; nil where the configuration names no repository.
    var engine: CoreEngine?
    /// What `sluice.yaml` said of them when they were loaded.
    var configuration = ModelsConfiguration()
    /// What was chosen at run time.
    var choices = ModelChoices()
    /// The versions that have a role and were not loaded.
    var leftOut: [ModelLoading.LeftOut] = []
}

extension ModelSet {
    /// How long nothing may have been written to a version that a running gateway takes up.
    static let quiet = Interval.seconds(1)

    /// Loads what `configuration` and the choices come to; blocks.
    ///
    /// `former` is what runs already: versions that have not changed are taken over from it, and a
    /// version that is still being written is left out. The set is nil where an error keeps it from
    /// being used.
    static func load(
        _ configuration: GatewayConfiguration,
        choices given: ModelChoices? = nil,
        former: CoreEngine? = nil,
        holding held: [String: Int] = [:],
        now: WallTime = WallTime(nanoseconds: 0),
        logger: Logger
    ) -> (set: ModelSet?, leftOut: [ModelLoading.LeftOut], diagnostics: [Diagnostic]) {
        guard let path = configuration.modelsPath else { return (ModelSet(), [], []) }
        var diagnostics: [Diagnostic] = []
        var choices = given
        if choices == nil {
            let (read, found) = ModelChoices.read(path: configuration.choicesPath)
            diagnostics += found
            choices = read
        }
        let files = CheckedSite.policyFiles(in: configuration.policiesPath)
        var selection = ModelSelection(
            uses: configuration.models.uses.mapValues(\.versions),
            choices: choices ?? ModelChoices(),
            named: ModelSelection.pinned(Surroundings.assumed(by: files).models.keys),
            trust: configuration.models.trust,
            former: former,
            quiet: former == nil ? nil : quiet,
            now: now
        )
        selection.held = held
        let loading = CoreEngine.load(
            repository: path,
            shownAs: path,
            runtimeLibrary: configuration.runtimeLibrary,
            session: configuration.session,
            selecting: selection,
            logger: logger
        )
        diagnostics += loading.diagnostics
        if let engine = loading.engine {
            diagnostics += configuration.problems(with: engine)
        }
        let isUsable = !diagnostics.contains { $0.severity == .error }
        guard let engine = loading.engine, let choices, isUsable else {
            return (nil, loading.leftOut, diagnostics)
        }
        let set = ModelSet(
            engine: engine,
            configuration: configuration.models,
            choices: choices,
            leftOut: loading.leftOut
        )
        return (set, loading.leftOut, diagnostics)
    }
}

extension GatewayConfiguration {
    /// Reports models that something is said of and that are not there.
    fileprivate func problems(with engine: CoreEngine) -> [Diagnostic] {
        let known = engine.roles.keys.sorted()
        return models.uses.filter { engine.roles[$0.key] == nil }.map { name, use in
            Diagnostic(
                .error,
                "there is no model `\(name)` in the repository",
                hint: "there are: " + known.map { "`\($0)`" }.joined(separator: ", "),
                file: file,
                line: use.place.line,
                column: use.place.column,
                length: use.place.length
            )
        }
    }
}
