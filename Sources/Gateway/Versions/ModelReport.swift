// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Infer
import Vocabulary

/// One model with its versions: what each does, and what has been seen of it.
public struct ModelReport: Codable, Sendable {
    /// One version.
    public struct Version: Codable, Sendable {
        /// Its number.
        public var version: String
        /// `active`, `canary`, `shadow`, `pinned` by a policy, or absent for one that is on disk only.
        public var role: String?
        /// The part of the devices it speaks for; absent for others than a canary.
        public var share: Double?
        /// Since when it is the canary, RFC 3339.
        public var since: String?
        /// The first 12 digits of its digest, which thresholds are keyed by.
        public var digest: String?
        /// What is known of who made it.
        public var signature: String?
        /// Why it cannot be used; absent where nothing is wrong, or nobody looked.
        public var problem: String?
        /// How long a run of one reading took when it was loaded.
        public var estimateMs: Double?
        /// What has been seen of it: since it is the canary, or since the start.
        public var seen: Seen?
        /// What turns its score into a confidence; absent without a calibration.
        public var calibration: Fitting?
    }

    /// A version's calibration, as a curve to look at.
    public struct Fitting: Codable, Sendable {
        /// What is calibrated, such as `max` or `margin`.
        public var score: String
        /// How, such as `temperature` or `isotonic`.
        public var map: String
        /// The day it was fitted.
        public var date: String
        /// How many rows it was fitted on.
        public var samples: Int
        /// Pairs of a score and the confidence made of it, rising.
        public var curve: [[Double]]

        init(_ mark: ModelDescription.CalibrationMark) {
            score = mark.score
            map = mark.map
            date = mark.date
            samples = mark.samples
            curve = mark.curve
        }
    }

    /// What has been seen of a version.
    public struct Seen: Codable, Sendable {
        /// Findings it gave.
        public var findings: Int
        /// Those that failed.
        public var failures: Int
        /// Those whose run took longer than the canary's limit.
        public var slow: Int
        /// The mean time of the runs behind its findings.
        public var meanMs: Double
        /// The longest of them since the start.
        public var longestMs: Double
        /// Verdicts of the cloud on its readings.
        public var verdicts: Int
        /// Those that differ from what it said.
        public var disagreements: Int
        /// A shadow's readings that were compared with the version that speaks.
        public var compared: Int
        /// Those on which the two differ.
        public var differing: Int

        init(_ tally: VersionTally) {
            findings = tally.findings
            failures = tally.failures
            slow = tally.slow
            let mean = tally.findings > 0 ? Double(tally.nanoseconds) / Double(tally.findings) : 0
            meanMs = mean / 1e6
            longestMs = Double(tally.longest) / 1e6
            verdicts = tally.verdicts
            disagreements = tally.disagreements
            compared = tally.compared
            differing = tally.differing
        }
    }

    /// What was chosen at run time.
    public struct Choice: Codable, Sendable {
        /// When, RFC 3339.
        public var time: String
        /// `command`, or `canary`: the limits of one.
        public var by: String
        /// Why.
        public var reason: String
        /// The versions that get no other chance.
        public var refused: [Int]

        init(_ choice: ModelChoice) {
            time = choice.time
            by = choice.author.rawValue
            reason = choice.reason
            refused = choice.refused
        }
    }

    /// Its name.
    public var name: String
    /// Its versions, the highest first.
    public var versions: [Version]
    /// What was chosen last; absent where `sluice.yaml` alone holds.
    public var choice: Choice?

    /// The version with the role `role`.
    public func version(_ role: String) -> Version? { versions.first { $0.role == role } }
}

extension ModelReport {
    /// As JSON, names in snake case.
    public static func json(_ reports: [ModelReport]) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys]
        return Array(try encoder.encode(reports))
    }

    /// Reads what `json` wrote.
    public static func decoded(_ json: [UInt8]) throws -> [ModelReport] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode([ModelReport].self, from: Data(json))
    }

    /// Adds what lies on disk: versions that are not loaded, signatures and problems.
    mutating func add(_ inspections: [VersionInspection]) {
        for found in inspections where found.reference.name == name {
            let text = found.problem?.message
            if let index = versions.firstIndex(where: { $0.version == found.reference.version }) {
                versions[index].problem = text
                continue
            }
            versions.append(
                Version(
                    version: found.reference.version,
                    digest: found.digest.map { String($0.prefix(12)) },
                    signature: found.signature.summary,
                    problem: text
                )
            )
        }
        versions.sort { (Int($0.version) ?? 0) > (Int($1.version) ?? 0) }
    }
}

extension Gateway {
    /// The models in force, with what has been seen of their versions.
    ///
    /// With `disk` also those versions that lie beside them, which reads every file of the repository.
    public func modelReports(disk: Bool) -> [ModelReport] {
        let models = parts.board.edition.models
        let seen = seenVersions
        var reports = (models.engine?.roles ?? [:]).sorted { $0.key < $1.key }.map { name, roles in
            report(name, roles, models, seen)
        }
        guard disk, let path = site.configuration.modelsPath else { return reports }
        let found = CoreEngine.inspect(repository: path, trust: models.configuration.trust)
        reports += models.others.map { ModelReport(name: $0, versions: []) }
        reports.sort { $0.name < $1.name }
        for index in reports.indices { reports[index].add(found) }
        return reports
    }

    private func report(
        _ name: String,
        _ roles: CoreEngine.Roles,
        _ models: ModelSet,
        _ seen: [ModelReference: VersionTally]
    ) -> ModelReport {
        let loaded = (models.engine?.models ?? [:]).filter { $0.key.name == name }
        var versions = loaded.map { reference, description in
            var tally = seen[reference] ?? VersionTally()
            var version = ModelReport.Version(version: reference.version, role: "pinned")
            switch reference {
            case roles.active: version.role = "active"
            case roles.canary?.reference:
                version.role = "canary"
                version.share = roles.canary?.share
                if let trial = canaries.trial(of: name, seen: tally) {
                    tally = trial.tally
                    version.since = trial.began.rfc3339
                }
            case roles.shadow: version.role = "shadow"
            default: break
            }
            version.digest = description.shortDigest
            version.signature = description.signature.summary
            version.calibration = description.calibration.map { .init($0) }
            version.estimateMs = description.estimate.milliseconds
            version.seen = ModelReport.Seen(tally)
            return version
        }
        for out in models.leftOut where out.reference.name == name {
            let number = out.reference.version
            guard !versions.contains(where: { $0.version == number }) else { continue }
            versions.append(.init(version: out.reference.version, problem: out.reason))
        }
        versions.sort { (Int($0.version) ?? 0) > (Int($1.version) ?? 0) }
        return ModelReport(
            name: name,
            versions: versions,
            choice: models.choiceInForce(of: name).map { .init($0) }
        )
    }

    /// What of the models an operator must know.
    var modelWarnings: [String] {
        parts.board.edition.models.leftOut.map { version in
            "model `\(version.reference)` is left out: \(version.reason)"
        }
    }
}

extension ModelSet {
    /// What was chosen for a model, where it holds.
    func choiceInForce(of name: String) -> ModelChoice? {
        let words = (configuration.uses[name]?.versions ?? ModelUse()).words
        return choices.byModel[name].flatMap { $0.over == words ? $0 : nil }
    }
}
