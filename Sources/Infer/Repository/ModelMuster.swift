// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Logging
import Vocabulary

/// A version as it was loaded, and how its files were then.
struct MusteredModel: Sendable {
    var description: ModelDescription
    var model: LoadedModel
    /// How its folder looked before it was read.
    var stamp: FolderStamp
    /// Whom models were taken from.
    var trust: ModelTrust
}

/// Gathers the versions that have a role.
struct ModelMuster {
    let repository: ModelRepository
    var loader: ModelLoader
    let selection: ModelSelection
    let logger: Logger
    private var models: [ModelReference: MusteredModel] = [:]
    private var roles: [String: CoreEngine.Roles] = [:]
    private var diagnostics: [Diagnostic] = []
    private var leftOut: [ModelLoading.LeftOut] = []
    private var names: [String] = []
    /// The versions that are to be loaded, in that order, as far as it is known beforehand.
    private var ahead: [ModelFolder] = []
    /// Those of them whose trials were begun already.
    private var begun: [ModelReference: (stamp: FolderStamp, half: ModelLoader.Trusted)] = [:]

    /// How many trials run at a time; their files are in memory meanwhile.
    private static let width = max(2, min(8, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    init(
        repository: ModelRepository,
        loader: ModelLoader,
        selection: ModelSelection,
        logger: Logger
    ) {
        self.repository = repository
        self.loader = loader
        self.selection = selection
        self.logger = logger
    }

    var result: ModelLoading {
        let isUsable = !diagnostics.contains { $0.severity == .error }
        let engine =
            isUsable
            ? CoreEngine(Array(models.values), roles: roles, tally: selection.former?.tally) : nil
        return ModelLoading(
            engine: engine,
            names: names,
            diagnostics: diagnostics,
            leftOut: leftOut
        )
    }

    mutating func loadAll() {
        let listing = repository.listing()
        diagnostics += listing.diagnostics
        names = listing.models.map(\.name)
        for (name, versions) in listing.models {
            for version in versions {
                let (model, found) = load(repository.folder(name, version))
                diagnostics += found
                if let model { keep(model) }
            }
            if let last = versions.last { roles[name] = .init(active: reference(name, last)) }
        }
    }

    mutating func loadSelected() {
        let listing = repository.listing()
        diagnostics += listing.diagnostics
        names = listing.models.map(\.name)
        let wanted = listing.models.filter { selection.wanted?.contains($0.name) ?? true }
        // What runs already is not held up by trials; at a start, they run beside one another.
        if selection.former == nil {
            ahead = wanted.compactMap { name, versions in
                roles(of: name, versions).active.first.flatMap { version in
                    versions.contains(version) ? repository.folder(name, version) : nil
                }
            }
        }
        for (name, versions) in wanted {
            let use = selection.uses[name] ?? ModelUse()
            let roles = roles(of: name, versions)
            guard let active = loadActive(name, roles.active, versions) else { continue }
            var found = CoreEngine.Roles(active: reference(name, active))
            if let canary = roles.canary, canary != active {
                found.canary = loadBeside(name, canary, versions, as: "canary").map {
                    .init(
                        reference: $0,
                        share: use.canary?.share ?? 0,
                        latency: use.canary?.latency
                    )
                }
            }
            if let shadow = roles.shadow, shadow != active {
                found.shadow = loadBeside(name, shadow, versions, as: "shadow")
            }
            self.roles[name] = found
            for other in selection.named where other.name == name && models[other] == nil {
                guard let version = Int(other.version), versions.contains(version) else { continue }
                let (model, problems) = load(repository.folder(name, version))
                diagnostics += problems
                if let model { keep(model) }
            }
        }
    }

    private func roles(of name: String, _ versions: [Int]) -> ModelRoles {
        var roles = ModelRoles(
            selection.uses[name] ?? ModelUse(),
            choice: selection.choices.byModel[name],
            available: versions
        )
        if let held = selection.held[name] { roles.active = [held] }
        return roles
    }

    /// The first of `candidates` that loads; nil where none does, which is an error.
    ///
    /// A pinned one that is loaded already and can no longer be read stays as it was loaded: what is
    /// wrong with files never replaces what works.
    private mutating func loadActive(
        _ name: String,
        _ candidates: [Int],
        _ versions: [Int]
    ) -> Int? {
        var problems: [Diagnostic] = []
        for version in candidates {
            let folder = repository.folder(name, version)
            let former = candidates.count == 1 ? selection.former : nil
            guard versions.contains(version) || former?.mustered(folder.reference) != nil else {
                diagnostics.append(missing(name, version, versions, "speaks", .error))
                return nil
            }
            let (model, found) = load(folder)
            if model == nil, let kept = former?.mustered(folder.reference),
                kept.trust == selection.trust
            {
                keep(kept)
                diagnostics += found.map { problem in
                    var problem = problem
                    problem.severity = .warning
                    problem.message += " (what was loaded before stays)"
                    return problem
                }
                leaveOut(folder, found)
                return version
            }
            guard let model else {
                problems += found
                leaveOut(folder, found)
                continue
            }
            keep(model)
            diagnostics += problems.map { problem in
                var problem = problem
                problem.severity = .warning
                problem.message += " (version \(version) is used instead)"
                return problem
            }
            diagnostics += found
            return version
        }
        diagnostics += problems
        return nil
    }

    /// A version that runs beside the one that speaks; its problems are no reason not to run.
    private mutating func loadBeside(
        _ name: String,
        _ version: Int,
        _ versions: [Int],
        as role: String
    ) -> ModelReference? {
        let folder = repository.folder(name, version)
        guard versions.contains(version) else {
            diagnostics.append(missing(name, version, versions, "is the \(role)", .warning))
            leaveOut(folder, [])
            return nil
        }
        let (model, found) = load(folder)
        diagnostics += found.map { problem in
            var problem = problem
            problem.severity = .warning
            return problem
        }
        guard let model else {
            leaveOut(folder, found)
            return nil
        }
        keep(model)
        return folder.reference
    }

    private mutating func load(
        _ folder: ModelFolder
    ) -> (model: MusteredModel?, diagnostics: [Diagnostic]) {
        if let known = models[folder.reference] { return (known, []) }
        // Looked at before anything is read: what changes meanwhile is read again.
        let stamp = FolderStamp(path: folder.path)
        if let former = selection.former?.mustered(folder.reference), former.stamp == stamp,
            former.trust == selection.trust
        {
            return (former, [])
        }
        // A good signature says that everything is there.
        if let quiet = selection.quiet, stamp.isFresh(at: selection.now, within: quiet),
            selection.trust.verify(folder.reference, folder: folder.path).manifest == nil
        {
            let problem = Diagnostic(
                .error,
                "the version is still being written",
                hint: "it is looked at again; copy it beside and rename it into place",
                file: folder.name
            )
            return (nil, [problem])
        }
        beginAhead(of: folder)
        let early = begun.removeValue(forKey: folder.reference)
        let half = early?.half ?? loader.begin(folder, trust: selection.trust)
        let (model, found) = loader.finish(half)
        guard let model else { return (nil, found) }
        logger.info(
            "model loaded",
            metadata: [
                "model": "\(model.0.reference)",
                "kind": "\(model.0.kind.rawValue)",
                "estimate_us": "\(model.0.estimate.nanoseconds / 1_000)",
            ]
        )
        let mustered = MusteredModel(
            description: model.0,
            model: model.1,
            stamp: early?.stamp ?? stamp,
            trust: selection.trust
        )
        return (mustered, found)
    }

    /// Begins the trials of `folder` and of those after it, so that they run while others are loaded.
    private mutating func beginAhead(of folder: ModelFolder) {
        guard let place = ahead.firstIndex(where: { $0.reference == folder.reference }) else {
            return
        }
        for next in ahead[place...].prefix(Self.width)
        where begun[next.reference] == nil && models[next.reference] == nil {
            let stamp = FolderStamp(path: next.path)
            begun[next.reference] = (stamp, loader.begin(next, trust: selection.trust))
        }
    }

    private mutating func keep(_ model: MusteredModel) {
        models[model.description.reference] = model
    }

    private mutating func leaveOut(_ folder: ModelFolder, _ problems: [Diagnostic]) {
        let first = problems.first { $0.severity == .error }
        let stamp = FolderStamp(path: folder.path)
        leftOut.append(
            ModelLoading.LeftOut(
                reference: folder.reference,
                path: folder.path,
                reason: first?.message ?? "there is no such version",
                stamp: stamp,
                isUnfinished: selection.quiet.map {
                    stamp.isFresh(at: selection.now, within: $0)
                } ?? false
            )
        )
    }

    private func missing(
        _ name: String,
        _ version: Int,
        _ versions: [Int],
        _ role: String,
        _ severity: Diagnostic.Severity
    ) -> Diagnostic {
        let known = versions.map { "`\($0)`" }.joined(separator: ", ")
        return Diagnostic(
            severity,
            "model `\(name)` has no version \(version), which \(role)",
            hint: known.isEmpty ? nil : "there are: \(known)",
            file: "\(repository.name)/\(name)"
        )
    }

    private func reference(_ name: String, _ version: Int) -> ModelReference {
        ModelReference(name: name, version: String(version))
    }
}
