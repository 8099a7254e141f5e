// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Escalate
import FoundationEssentials
import Infer
public import Logging
import Settings
public import Vocabulary

/// Everything that a gateway is made of, read and found fit to run.
public struct CheckedSite: Sendable {
    /// The configuration.
    public let configuration: GatewayConfiguration
    let models: ModelSet
    let digest: String
    let policies: [BoundPolicy]
    /// True where models that no policy names are left alone.
    var onlyNamedModels = false

    var engine: CoreEngine? { models.engine }
}

/// What a check found.
public struct CheckFindings: Sendable {
    /// Every problem of every file, in the files' order.
    public var diagnostics: [Diagnostic]
    /// What can run; nil when a problem is an error.
    public var site: CheckedSite?

    /// Makes findings.
    public init(diagnostics: [Diagnostic], site: CheckedSite?) {
        self.diagnostics = diagnostics
        self.site = site
    }

    /// The line a diagnostic is about, read again from its file.
    public func sourceLine(of diagnostic: Diagnostic) -> String? {
        guard diagnostic.line > 0,
            let bytes = try? BoundedFile.read(path: diagnostic.file, limit: 1 << 20)
        else { return nil }
        let lines = bytes.split(
            separator: UInt8(ascii: "\n"),
            omittingEmptySubsequences: false
        )
        guard diagnostic.line <= lines.count else { return nil }
        var line = lines[diagnostic.line - 1]
        if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
        return String(decoding: line, as: UTF8.self)
    }
}

extension CheckedSite {
    /// Reads the configuration at `path` and everything it names.
    ///
    /// `models` is a model repository to use instead of the configured one. Starts nothing and changes
    /// nothing. Blocks: every model is loaded and tried once.
    public static func check(
        configuration path: String,
        models: String? = nil,
        logger: Logger
    ) -> CheckFindings {
        check(configuration: path, models: models, onlyNamed: false, logger: logger)
    }

    /// The same for a site that is to run at once: only the models that policies name are loaded.
    ///
    /// Those that passed their trials in an earlier run of this program are not tried again. Call
    /// ``rememberTrials()`` once it runs: what was remembered is gone until then.
    public static func checkToRun(configuration path: String, logger: Logger) -> CheckFindings {
        check(configuration: path, models: nil, onlyNamed: true, logger: logger)
    }

    /// Writes down which models have passed their trials, for the next start.
    public func rememberTrials() {
        TrialMemory.keep(path: configuration.trialsPath)
    }

    private static func check(
        configuration path: String,
        models: String?,
        onlyNamed: Bool,
        logger: Logger
    ) -> CheckFindings {
        let (read, diagnostics, _) = GatewayConfiguration.read(path: path)
        guard var configuration = read else {
            return CheckFindings(diagnostics: diagnostics, site: nil)
        }
        configuration.modelsPath = models ?? configuration.modelsPath
        var found = diagnostics
        if onlyNamed { TrialMemory.recall(path: configuration.trialsPath) }
        let (set, _, modelProblems) = ModelSet.load(
            configuration,
            onlyNamed: onlyNamed,
            logger: logger
        )
        found += modelProblems
        // Policies are read even when models are broken, so that one round shows every problem.
        let (edition, problems) = policies(
            of: configuration,
            engine: set?.engine,
            others: set?.others ?? []
        )
        found += problems
        let isFit = !found.contains { $0.severity == .error }
        let site = edition.flatMap { edition in
            isFit
                ? CheckedSite(
                    configuration: configuration,
                    models: set ?? ModelSet(),
                    digest: edition.digest,
                    policies: edition.policies,
                    onlyNamedModels: onlyNamed
                ) : nil
        }
        return CheckFindings(diagnostics: found, site: site)
    }

    /// The policies alone, read again and bound to the models and endpoints in force.
    ///
    /// `others` are the models that are there and not loaded, which hints may speak of.
    static func policies(
        of configuration: GatewayConfiguration,
        engine: CoreEngine?,
        others: [String] = [],
        read: ((Surroundings) -> (PolicySet?, [Diagnostic]))? = nil
    ) -> (edition: (digest: String, policies: [BoundPolicy])?, [Diagnostic]) {
        var models = shapes(of: engine)
        for name in others { models[name] = .unknown }
        if engine == nil, let path = configuration.modelsPath {
            // Broken models were reported; policies that name them are not wrong for that.
            let files = policyFiles(in: configuration.policiesPath)
            let named = Surroundings.assumed(by: files).models.keys
            // A repository that cannot be read has one problem, and not one for every policy.
            let names = try? FileManager.default.contentsOfDirectory(atPath: path)
            let there = named.filter { text in
                names?.contains { text.hasPrefix("\($0)/") } ?? true
            }
            for name in (names ?? []) + there {
                models[name] = .unknown
            }
        }
        let surroundings = Surroundings(
            models: models,
            endpoints: Set(configuration.endpoints.keys),
            cloudModels: configuration.endpoints.mapValues { endpoint in
                endpoint.models.mapValues { model in
                    model.options.model + (model.options.modelVersion.map { "/" + $0 } ?? "")
                }
            },
            inputs: configuration.inputs.flatMap(\.filters),
            sinks: configuration.sinks.mapValues { SinkShape(namesDevice: $0.namesDevice) }
        )
        let (set, diagnostics) =
            read?(surroundings)
            ?? PolicySet.load(folder: configuration.policiesPath, surroundings: surroundings)
        guard let set else { return (nil, diagnostics) }
        var binder = PolicyBinder(configuration: configuration, engine: engine)
        let bound = binder.bind(set.policies)
        var found = diagnostics + binder.diagnostics
        if let engine {
            found += ConfidenceCheck(engine: engine).diagnostics(bound)
        }
        guard !found.contains(where: { $0.severity == .error }) else { return (nil, found) }
        return ((set.digest, bound), found)
    }
}

extension CheckedSite {
    /// The models as policies may name them: by name, or with their version.
    private static func shapes(of engine: CoreEngine?) -> [String: ModelShape] {
        guard let engine else { return [:] }
        var shapes: [String: ModelShape] = [:]
        for (reference, model) in engine.models {
            shapes[reference.description] = ModelShape(model)
        }
        for (name, roles) in engine.roles {
            shapes[name] = engine.models[roles.active].map { ModelShape($0) }
        }
        return shapes
    }
}

extension ModelShape {
    init(_ model: ModelDescription) {
        let kind: Kind =
            switch model.kind {
            case .detector: .detector
            case .onnx where model.findsObjects: .detections
            case .onnx: model.labels.isEmpty ? .value : .classifier
            }
        self.init(
            labels: model.labels,
            kind: kind,
            givesConfidence: kind == .classifier || kind == .detector && model.score != nil,
            fields: model.fields,
            digest: model.shortDigest,
            budget: model.budget
        )
    }
}
