// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import FoundationEssentials
import Glibc
import Infer
import Logging
import Synchronization
import Vocabulary

/// What became of a change of a model's versions.
public struct ModelChange: Codable, Sendable {
    /// True when it is in force, and written down.
    public var isTaken: Bool
    /// What was done, or why not, in a sentence.
    public var message: String
    /// Every problem that was found on the way, with its place.
    public var problems: [String]

    /// As JSON, names in snake case.
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys]
        return Array(try encoder.encode(self))
    }

    /// Reads what `json` wrote.
    public static func decoded(_ json: [UInt8]) throws -> ModelChange {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(ModelChange.self, from: Data(json))
    }

    static func refused(_ message: String, _ problems: [String] = []) -> ModelChange {
        ModelChange(isTaken: false, message: message, problems: problems)
    }
}

extension Gateway {
    /// Lets a version of `model` speak for everybody from now on; the canary's, where none is said.
    ///
    /// Policies and models are read again, tested and swapped as one; a version that is still being
    /// written is waited for, 3 s at most. The choice is on disk when this returns. Blocks.
    public func promote(model name: String, to version: Int? = nil) -> ModelChange {
        promote(model: name, to: version, author: .command, reason: "promoted by the command")
    }

    /// Ends the canary of `model` or, without one, goes back to the version that spoke before.
    ///
    /// With `version` it goes to that one. Ending a canary reads nothing and cannot fail for what is on
    /// disk; policies are not tested before going back. The choice is on disk when this returns. Blocks.
    public func rollBack(model name: String, to version: Int? = nil) -> ModelChange {
        let reason = "rolled back by the command"
        return rollBack(model: name, to: version, author: .command, reason: reason)
    }

    /// Takes back whatever was chosen for `model`: `sluice.yaml` alone holds again.
    ///
    /// Blocks.
    public func resetChoices(ofModel name: String) -> ModelChange {
        renewing.withLock { _ in
            var choices = parts.board.edition.models.choices
            guard choices.byModel.removeValue(forKey: name) != nil else {
                return .refused("nothing was chosen for model `\(name)`")
            }
            return outcome(of: Renewal(choices: choices, moves: name), name, "reset")
        }
    }

    func promote(
        model name: String,
        to version: Int?,
        author: ModelChoice.Author,
        reason: String
    ) -> ModelChange {
        let roles = parts.board.edition.engine?.roles[name]
        guard let version = version ?? roles?.canary.flatMap({ Int($0.reference.version) }) else {
            return .refused("model `\(name)` has no canary: say which version is promoted")
        }
        waitForQuiet(name, version)
        return renewing.withLock { _ in
            let models = parts.board.edition.models
            guard let state = models.state(of: name, in: site.configuration.modelsPath) else {
                return .refused(models.absence(of: name))
            }
            var choices = models.choices
            choices.byModel[name] = .promotion(to: version, state, on: occasion(author, reason))
            return outcome(of: Renewal(choices: choices, moves: name), name, "promoted")
        }
    }

    func rollBack(
        model name: String,
        to version: Int?,
        author: ModelChoice.Author,
        reason: String
    ) -> ModelChange {
        renewing.withLock { _ in
            let models = parts.board.edition.models
            guard let state = models.state(of: name, in: site.configuration.modelsPath) else {
                return .refused(models.absence(of: name))
            }
            var choices = models.choices
            do throws(ModelChoice.Refusal) {
                choices.byModel[name] = try .rollback(
                    to: version,
                    state,
                    on: occasion(author, reason)
                )
            } catch {
                return .refused("model `\(name)`: \(error.message)")
            }
            if version == nil, state.canary != nil { return endCanary(name, choices) }
            var renewal = Renewal(choices: choices, moves: name)
            renewal.runsTests = false
            return outcome(of: renewal, name, "rolled back")
        }
    }

    // MARK: - Pieces

    /// Puts the models in force without one canary, whatever the files on disk look like.
    private func endCanary(_ name: String, _ choices: ModelChoices) -> ModelChange {
        let edition = parts.board.edition
        guard let engine = edition.engine?.withoutCanary(of: name) else {
            return .refused(edition.models.absence(of: name))
        }
        do throws(ModelChoices.Unwritable) {
            try choices.write(path: site.configuration.choicesPath)
        } catch {
            // It must not speak on; a restart would begin it again, which the message says.
            parts.logger.error(
                "the end of a canary cannot be written down",
                metadata: ["error": "\(error.message)"]
            )
        }
        var binder = PolicyBinder(configuration: site.configuration, engine: engine)
        var models = edition.models
        (models.engine, models.choices) = (engine, choices)
        let policies = binder.bind(edition.policies.map(\.policy))
        guard policies.count == edition.policies.count else {
            return .refused(
                "the policies cannot be bound again",
                binder.diagnostics.map { $0.rendered() }
            )
        }
        parts.board.replace(digest: edition.digest, policies: policies, models: models)
        return told(name, "rolled back", [])
    }

    private func outcome(
        of renewal: Renewal,
        _ name: String,
        _ what: String
    ) -> ModelChange {
        let (isTaken, diagnostics) = renewAlone(renewal)
        let problems = diagnostics.map { $0.rendered() }
        if isTaken { return told(name, what, problems) }
        return .refused("model `\(name)` is not \(what): nothing has changed", problems)
    }

    /// Logs what was done, and says it.
    private func told(_ name: String, _ what: String, _ problems: [String]) -> ModelChange {
        let models = parts.board.edition.models
        let roles = models.engine?.roles[name]
        let version = roles?.active.version ?? "none"
        let choice = models.choices.byModel[name]
        parts.logger.notice(
            "a model was \(what)",
            metadata: [
                "model": "\(name)", "version": "\(version)",
                "by": "\(choice?.author.rawValue ?? "command")",
                "reason": "\(choice?.reason ?? "")",
            ]
        )
        let canary = roles?.canary.map { ", version \($0.reference.version) is its canary" } ?? ""
        return ModelChange(
            isTaken: true,
            message: "model `\(name)` is \(what): version \(version) speaks\(canary)",
            problems: problems
        )
    }

    private func occasion(
        _ author: ModelChoice.Author,
        _ reason: String
    ) -> ModelChoice.Occasion {
        .init(time: parts.time.wallTime.rfc3339, author: author, reason: reason)
    }

    /// Waits while somebody seems to write to the version, 3 s at most.
    private func waitForQuiet(_ name: String, _ version: Int) {
        guard let path = site.configuration.modelsPath else { return }
        for _ in 0..<30 {
            let stamp = FolderStamp(path: "\(path)/\(name)/\(version)")
            guard stamp.isFresh(at: parts.time.wallTime, within: ModelSet.quiet) else { return }
            usleep(100_000)
        }
    }

    /// What this run has seen of every version.
    var seenVersions: [ModelReference: VersionTally] {
        var seen = parts.engine?.tally.byVersion ?? [:]
        for (reference, tally) in parts.versions.tallies {
            seen[reference, default: VersionTally()].add(tally)
        }
        return seen
    }
}

extension ModelSet {
    /// Why nothing can be chosen for a model that is not loaded.
    fileprivate func absence(of name: String) -> String {
        others.contains(name)
            ? "model `\(name)` is not loaded: no policy names it"
            : "there is no model `\(name)`"
    }

    /// What is known of a model when a choice is made; nil for one that is not there.
    func state(of name: String, in path: String?) -> ModelChoice.State? {
        guard let path, let roles = engine?.roles[name], let active = Int(roles.active.version)
        else { return nil }
        return ModelChoice.State(
            use: configuration.uses[name]?.versions ?? ModelUse(),
            choice: choices.byModel[name],
            active: active,
            canary: roles.canary.flatMap { Int($0.reference.version) },
            available: CoreEngine.versions(in: path)[name] ?? []
        )
    }
}
