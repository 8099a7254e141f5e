// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import Synchronization
public import Vocabulary

extension Gateway {
    /// Reads the policies again, and runs their tests.
    ///
    /// The old set stays in force when the new one has an error or fails a case; `status` says so until a
    /// set is taken. Blocks while files are read and models run. What is in the spool is not touched.
    public func reload() -> [Diagnostic] {
        let (edition, problems) = CheckedSite.policies(
            of: site.configuration,
            engine: site.engine
        )
        var diagnostics = problems
        if let edition, let engine = site.engine {
            diagnostics += ConfidenceCheck(configuration: site.configuration, engine: engine)
                .changes(edition.policies)
        }
        if let edition, !diagnostics.contains(where: { $0.severity == .error }) {
            let tests = CheckedSite(
                configuration: site.configuration,
                engine: site.engine,
                digest: edition.digest,
                policies: edition.policies
            )
            .runPolicyTests()
            diagnostics += tests.diagnostics + tests.failures
        }
        let errors = diagnostics.filter { $0.severity == .error }
        let logger = parts.logger
        if let edition, errors.isEmpty {
            parts.board.replace(digest: edition.digest, policies: edition.policies)
            refusal.clear()
            logger.info(
                "policies reloaded",
                metadata: ["policies": "\(edition.policies.count)", "digest": "\(edition.digest)"]
            )
        } else {
            refusal.refuse(errors, at: parts.time.wallTime)
            logger.error("policies not reloaded; the old ones stay in force")
        }
        for diagnostic in diagnostics {
            let level: Logger.Level = diagnostic.severity == .error ? .error : .warning
            logger.log(level: level, "\(diagnostic.rendered())")
        }
        return diagnostics
    }
}

/// Remembers that the policies on disk were refused; any thread.
final class RefusalBoard: Sendable {
    /// How many reasons the status shows.
    private static let limit = 8

    private let state = Mutex<GatewayStatus.RefusedReload?>(nil)

    /// What was refused last; nil where nothing was since a set was taken.
    var current: GatewayStatus.RefusedReload? { state.withLock { $0 } }

    /// Notes a refusal, with what was wrong.
    func refuse(_ errors: [Diagnostic], at time: WallTime) {
        var reasons = errors.prefix(Self.limit).map { $0.rendered() }
        if errors.count > Self.limit {
            reasons.append("and \(errors.count - Self.limit) more")
        }
        state.withLock { state in
            state = .init(since: state?.since ?? time.rfc3339, reasons: reasons)
        }
    }

    /// Notes that a set was taken.
    func clear() { state.withLock { $0 = nil } }
}
