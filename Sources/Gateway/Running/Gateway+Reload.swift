// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Logging
import Synchronization
import Systemd
public import Vocabulary

extension Gateway {
    /// Reads the policies and the models again, and runs the policies' tests.
    ///
    /// Both are swapped as one. The old ones stay in force when the new ones have an error or fail a
    /// case; `status` says so until a set is taken. Of `sluice.yaml` only `models:` is read again. Blocks
    /// while files are read and models run. What is in the spool is not touched.
    @discardableResult
    public func reload() -> (isTaken: Bool, diagnostics: [Diagnostic]) {
        let microseconds = UInt64(clamping: parts.time.now.nanoseconds / 1_000)
        service?.send([.reloading(microseconds: microseconds)])
        defer { service?.send([.ready]) }
        return renew()
    }

    /// What is wanted of a renewal beside what is on disk.
    struct Renewal {
        /// Choices to put in force, and into their file; nil for those in the file.
        var choices: ModelChoices?
        /// The one model whose versions may move; nil where everything may.
        var moves: String?
        /// False where what is gone back to was in force before: an emergency does not wait for tests.
        var runsTests = true
    }

    /// Reads everything again and puts it in force as one, or nothing of it.
    func renew(_ renewal: Renewal = Renewal()) -> (isTaken: Bool, diagnostics: [Diagnostic]) {
        renewing.withLock { _ in renewAlone(renewal) }
    }

    /// The same for a caller that holds `renewing`.
    func renewAlone(_ renewal: Renewal) -> (isTaken: Bool, diagnostics: [Diagnostic]) {
        let former = parts.board.edition
        var (read, diagnostics, _) = GatewayConfiguration.read(path: site.configuration.file)
        var configuration = site.configuration
        if let read {
            configuration.models = read.models
            // Said at the start; the other sections are not read again.
            diagnostics = []
        }
        let (set, leftOut, problems) = ModelSet.load(
            configuration,
            choices: renewal.choices,
            former: former.engine,
            holding: former.held(moving: renewal.moves),
            onlyNamed: site.onlyNamedModels,
            now: parts.time.wallTime,
            logger: parts.logger
        )
        diagnostics += problems
        let (edition, found) = CheckedSite.policies(
            of: configuration,
            engine: set?.engine,
            others: set?.others ?? []
        )
        diagnostics += found
        if let edition, let set, renewal.runsTests, !Self.hasErrors(diagnostics) {
            let candidate = CheckedSite(
                configuration: configuration,
                models: set,
                digest: edition.digest,
                policies: edition.policies
            )
            let tests = candidate.runPolicyTests()
            diagnostics += tests.diagnostics + tests.failures
        }
        if let choices = renewal.choices, !Self.hasErrors(diagnostics) {
            do throws(ModelChoices.Unwritable) {
                try choices.write(path: configuration.choicesPath)
            } catch {
                diagnostics.append(
                    Diagnostic(.error, error.message, file: configuration.choicesPath)
                )
            }
        }
        let errors = diagnostics.filter { $0.severity == .error }
        if let edition, let set, errors.isEmpty {
            parts.board.replace(digest: edition.digest, policies: edition.policies, models: set)
            let kept = Set(set.engine?.models.keys.map(\.self) ?? [])
            set.engine?.tally.keep(kept)
            parts.versions.keep(kept)
            parts.meters.keep(kept)
            refusal.clear()
            if site.onlyNamedModels { site.rememberTrials() }
            Task { [self] in await sortParked(afterStart: false) }
            parts.logger.info(
                "policies and models reloaded",
                metadata: [
                    "policies": "\(edition.policies.count)", "digest": "\(edition.digest)",
                    "models": "\(set.engine?.models.count ?? 0)",
                ]
            )
        } else if renewal.choices == nil {
            refusal.refuse(errors, leftOut: leftOut, at: parts.time.wallTime)
            parts.logger.error("policies and models not reloaded; the old ones stay in force")
        }
        for diagnostic in diagnostics {
            let level: Logger.Level = diagnostic.severity == .error ? .error : .warning
            parts.logger.log(level: level, "\(diagnostic.rendered())")
        }
        return (errors.isEmpty && edition != nil && set != nil, diagnostics)
    }

    /// Whether one of them is an error.
    private static func hasErrors(_ diagnostics: [Diagnostic]) -> Bool {
        diagnostics.contains { $0.severity == .error }
    }
}

extension PolicyBoard.Edition {
    /// The versions that go on speaking while only `model` moves; none where everything may.
    fileprivate func held(moving model: String?) -> [String: Int] {
        guard let model, let engine else { return [:] }
        return engine.roles.filter { $0.key != model }.compactMapValues { Int($0.active.version) }
    }
}

/// Remembers that the policies on disk were refused; any thread.
final class RefusalBoard: Sendable {
    /// How many reasons the status shows.
    private static let limit = 8

    private let state = Mutex<GatewayStatus.RefusedReload?>(nil)
    private let versions = Mutex<[ModelLoading.LeftOut]>([])

    /// What was refused last; nil where nothing was since a set was taken.
    var current: GatewayStatus.RefusedReload? { state.withLock { $0 } }
    /// The versions that could not be loaded then.
    var leftOut: [ModelLoading.LeftOut] { versions.withLock { $0 } }

    /// Notes a refusal, with what was wrong.
    func refuse(
        _ errors: [Diagnostic],
        leftOut: [ModelLoading.LeftOut] = [],
        at time: WallTime
    ) {
        versions.withLock { $0 = leftOut }
        var reasons = errors.prefix(Self.limit).map { $0.rendered() }
        if errors.count > Self.limit {
            reasons.append("and \(errors.count - Self.limit) more")
        }
        state.withLock { state in
            state = .init(since: state?.since ?? time.rfc3339, reasons: reasons)
        }
    }

    /// Notes that a set was taken.
    func clear() {
        state.withLock { $0 = nil }
        versions.withLock { $0 = [] }
    }
}
