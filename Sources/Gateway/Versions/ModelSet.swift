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
    /// The models of the repository that were not loaded, because no policy names them.
    var others: [String] = []
}

extension ModelSet {
    /// How long nothing may have been written to a version that a running gateway takes up.
    static let quiet = Interval.seconds(1)

    /// Loads what `configuration` and the choices come to; blocks.
    ///
    /// `former` is what runs already: versions that have not changed are taken over from it, and a
    /// version that is still being written is left out. `onlyNamed` leaves models alone that no policy
    /// names. The set is nil where an error keeps it from being used.
    static func load(
        _ configuration: GatewayConfiguration,
        choices given: ModelChoices? = nil,
        former: CoreEngine? = nil,
        holding held: [String: Int] = [:],
        onlyNamed: Bool = false,
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
        func loaded(for named: Set<String>) -> ModelLoading {
            var selection = ModelSelection(
                uses: configuration.models.uses.mapValues(\.versions),
                choices: choices ?? ModelChoices(),
                named: ModelSelection.pinned(named),
                trust: configuration.models.trust,
                former: former,
                quiet: former == nil ? nil : quiet,
                now: now
            )
            selection.held = held
            if onlyNamed { selection.wanted = Set(named.map(ModelReference.modelName)) }
            return CoreEngine.load(
                repository: path,
                shownAs: path,
                runtimeLibrary: configuration.runtimeLibrary,
                session: configuration.session,
                selecting: selection,
                logger: logger
            )
        }
        var named = configuration.modelsNamedByPolicies
        var loading = loaded(for: named)
        // A policy that is written while models are loaded may name others. Whoever writes on and on is
        // told by the binder.
        for _ in 0..<2 {
            let wanted = configuration.modelsNamedByPolicies
            guard !wanted.isSubset(of: named) else { break }
            named = wanted
            loading = loaded(for: named)
        }
        diagnostics += loading.diagnostics
        if loading.engine != nil {
            diagnostics += configuration.problems(with: Set(loading.names))
        }
        let isUsable = !diagnostics.contains { $0.severity == .error }
        guard let engine = loading.engine, let choices, isUsable else {
            return (nil, loading.leftOut, diagnostics)
        }
        let set = ModelSet(
            engine: engine,
            configuration: configuration.models,
            choices: choices,
            leftOut: loading.leftOut,
            others: loading.names.filter { engine.roles[$0] == nil }
        )
        return (set, loading.leftOut, diagnostics)
    }
}

extension GatewayConfiguration {
    /// What the policies' files call the models that they want, by name or with a version.
    fileprivate var modelsNamedByPolicies: Set<String> {
        let files = CheckedSite.policyFiles(in: policiesPath)
        return Set(Surroundings.assumed(by: files).models.keys)
    }

    /// Reports models that something is said of and that are not there.
    fileprivate func problems(with names: Set<String>) -> [Diagnostic] {
        let known = names.sorted()
        return models.uses.filter { !names.contains($0.key) }.map { name, use in
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
