// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Decide
import FoundationEssentials
import Glibc
import Infer
import Settings
import Vocabulary

/// Other policies at the same site, to be rehearsed.
extension CheckedSite {
    /// The names of its policies, in order.
    public var policyNames: [String] { policies.map(\.policy.name) }

    /// The policy called `name`.
    public func policy(_ name: String) -> Policy? {
        policies.first { $0.policy.name == name }?.policy
    }

    /// The reading fields that the models of policy `name` are made of.
    public func modelFields(ofPolicy name: String) -> Set<String> {
        guard let bound = policies.first(where: { $0.policy.name == name }) else { return [] }
        return bound.models.reduce(into: []) { $0.formUnion($1.fieldsUsed) }
    }

    /// True when a model of policy `name` looks at windows, which decisions alone do not fill.
    public func isWindowed(policy name: String) -> Bool {
        policies.first { $0.policy.name == name }?.models.contains { $0.isWindowed } ?? false
    }

    /// True when a model of policy `name` has a calibration, which a recorded confidence may not have had.
    public func isCalibrated(policy name: String) -> Bool {
        guard let bound = policies.first(where: { $0.policy.name == name }) else { return false }
        return bound.models.contains { model in
            engine?.models[model.reference]?.calibration != nil
        }
    }

    /// The same site with other policies: those of the folder `path`, or the one whose own folder it is.
    ///
    /// Nothing is said about policies of the site itself. Blocks while files are read.
    public func replacing(policies path: String) -> CheckFindings {
        var configuration = configuration
        configuration.policiesPath = path
        let (edition, diagnostics) = Self.policies(of: configuration, engine: engine) { around in
            Self.load(folder: path, surroundings: around)
        }
        let site = edition.map { edition in
            CheckedSite(
                configuration: configuration,
                models: models,
                digest: edition.digest,
                policies: edition.policies
            )
        }
        return CheckFindings(diagnostics: diagnostics, site: site)
    }

    /// Reads the policies of the folder `path`, or the one whose own folder it is.
    static func load(
        folder path: String,
        surroundings: Surroundings
    ) -> (PolicySet?, [Diagnostic]) {
        let file = policyFile(of: path)
        guard access(file, F_OK) == 0 else {
            return PolicySet.load(folder: path, surroundings: surroundings)
        }
        do throws(BoundedFile.Failure) {
            let bytes = try BoundedFile.read(path: file, limit: 1 << 20)
            return PolicySet.read([(file, bytes)], surroundings: surroundings)
        } catch {
            let problem = Diagnostic(.error, error.message, hint: error.hint, file: file)
            return (nil, [problem])
        }
    }

    /// The paths at which the policies that `load` reads may be.
    static func policyFiles(in path: String) -> [String] {
        let file = policyFile(of: path)
        guard access(file, F_OK) != 0 else { return [file] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().map { policyFile(of: "\(path)/\($0)") }
    }

    private static func policyFile(of folder: String) -> String {
        folder.hasSuffix("/") ? "\(folder)policy.yaml" : "\(folder)/policy.yaml"
    }

    /// The same site with another threshold in policy `name`; nil when there is no such policy.
    public func replacing(threshold: Double, ofPolicy name: String) -> CheckedSite? {
        guard policyNames.contains(name) else { return nil }
        return CheckedSite(
            configuration: configuration,
            models: models,
            digest: digest,
            policies: policies.map { bound in
                guard bound.policy.name == name else { return bound }
                var bound = bound
                bound.policy = bound.policy.replacing(threshold: threshold)
                return bound
            }
        )
    }
}
