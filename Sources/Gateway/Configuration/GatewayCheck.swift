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
    let engine: CoreEngine?
    let digest: String
    let policies: [BoundPolicy]
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
        let (read, diagnostics, _) = GatewayConfiguration.read(path: path)
        guard var configuration = read else {
            return CheckFindings(diagnostics: diagnostics, site: nil)
        }
        configuration.modelsPath = models ?? configuration.modelsPath
        var found = diagnostics
        var engine: CoreEngine?
        if let models = configuration.modelsPath {
            let (loaded, problems) = CoreEngine.load(
                repository: models,
                shownAs: models,
                runtimeLibrary: configuration.runtimeLibrary,
                session: configuration.session,
                logger: logger
            )
            engine = loaded
            found += problems
        }
        // Policies are read even when models are broken, so that one round shows every problem.
        let (edition, problems) = policies(of: configuration, engine: engine)
        found += problems
        let isFit = !found.contains { $0.severity == .error }
        let site = edition.flatMap { edition in
            isFit
                ? CheckedSite(
                    configuration: configuration,
                    engine: engine,
                    digest: edition.digest,
                    policies: edition.policies
                ) : nil
        }
        return CheckFindings(diagnostics: found, site: site)
    }

    /// The policies alone, read again and bound to the models and endpoints in force.
    static func policies(
        of configuration: GatewayConfiguration,
        engine: CoreEngine?,
        read: ((Surroundings) -> (PolicySet?, [Diagnostic]))? = nil
    ) -> (edition: (digest: String, policies: [BoundPolicy])?, [Diagnostic]) {
        var models = (engine?.models ?? [:]).values.reduce(into: [:]) { shapes, model in
            shapes[model.reference.name] = ModelShape(model)
        }
        if engine == nil, let path = configuration.modelsPath {
            // Broken models were reported; policies that name them are not wrong for that.
            for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
                models[name] = ModelShape(labels: [], kind: .classifier)
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
            inputs: configuration.inputs.flatMap(\.filters)
        )
        let (set, diagnostics) =
            read?(surroundings)
            ?? PolicySet.load(folder: configuration.policiesPath, surroundings: surroundings)
        guard let set else { return (nil, diagnostics) }
        var binder = PolicyBinder(configuration: configuration, engine: engine)
        let bound = binder.bind(set.policies)
        var found = diagnostics + binder.diagnostics
        if let engine {
            found += ConfidenceCheck(configuration: configuration, engine: engine)
                .diagnostics(bound)
        }
        guard !found.contains(where: { $0.severity == .error }) else { return (nil, found) }
        return ((set.digest, bound), found)
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
            fields: model.fields,
            digest: model.shortDigest,
            budget: model.budget
        )
    }
}
