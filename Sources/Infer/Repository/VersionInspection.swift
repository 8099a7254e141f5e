// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A version as it lies in its folder, looked at without loading it.
public struct VersionInspection: Sendable {
    /// Which one.
    public var reference: ModelReference
    /// The digest that thresholds are keyed by: of the model's file, or of a detector's settings; nil
    /// where `model.yaml` cannot be read.
    public var digest: String?
    /// What is known of who made it.
    public var signature: SignatureState
    /// What is wrong with its files; the first of several.
    public var problem: Diagnostic?
}

extension CoreEngine {
    /// The numbers of the versions in the repository at `path`, by model.
    public static func versions(in path: String) -> [String: [Int]] {
        let listing = ModelRepository(path: path, name: path).listing()
        return Dictionary(listing.models.map { ($0.name, $0.versions) }) { first, _ in first }
    }

    /// Looks at every version in the repository at `path`, or at those of `model`, loading none.
    ///
    /// Reads every file once; blocks.
    public static func inspect(
        repository path: String,
        model: String? = nil,
        trust: ModelTrust
    ) -> [VersionInspection] {
        let repository = ModelRepository(path: path, name: path)
        return repository.listing().models.filter { model == nil || $0.name == model }
            .flatMap { name, versions in
                versions.map { version in
                    inspect(repository.folder(name, version), trust: trust)
                }
            }
    }

    /// Loads and tries every version, or those of `model`, one after the other; what is wrong with each.
    ///
    /// Blocks for as long as that takes; nothing is kept.
    public static func trials(
        repository path: String,
        runtimeLibrary: String?,
        session: SessionSettings,
        model: String? = nil,
        trust: ModelTrust
    ) -> [ModelReference: [Diagnostic]] {
        let repository = ModelRepository(path: path, name: path)
        var problems: [ModelReference: [Diagnostic]] = [:]
        for (name, versions) in repository.listing().models where model == nil || name == model {
            for version in versions {
                var loader = ModelLoader(
                    repository: path,
                    runtimeLibrary: runtimeLibrary,
                    session: session,
                    trialProgram: TrialProgram.standing
                )
                let folder = repository.folder(name, version)
                problems[folder.reference] = loader.load(folder, trust: trust).diagnostics
            }
        }
        return problems
    }

    private static func inspect(_ folder: ModelFolder, trust: ModelTrust) -> VersionInspection {
        let (digest, problems) = ModelLoader.pinnedDigest(of: folder, key: trust.sealing)
        let (state, _) = trust.verify(folder.reference, folder: folder.path)
        var problem = problems.first { $0.severity == .error }
        var isTrusted = false
        if case .trusted = state { isTrusted = true }
        if problem == nil, trust.isRequired, !isTrusted {
            problem = Diagnostic(
                .error,
                "the version is \(state.summary)",
                hint: "only what a trusted key signed is loaded",
                file: folder.name
            )
        }
        return VersionInspection(
            reference: folder.reference,
            digest: digest,
            signature: state,
            problem: problem
        )
    }

    /// The same models without the canary of `name`; nothing is read and nothing loaded.
    public func withoutCanary(of name: String) -> CoreEngine {
        var roles = roles
        let gone = roles[name]?.canary?.reference
        roles[name]?.canary = nil
        let kept = models.keys.filter { $0 != gone || roles[name]?.shadow == gone }
        return CoreEngine(kept.compactMap { mustered($0) }, roles: roles, tally: tally)
    }
}
