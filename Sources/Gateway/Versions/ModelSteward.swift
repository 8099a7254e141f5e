// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Logging
import Spool
import Synchronization
import Vocabulary

/// Looks after the versions of models while the gateway runs: judges canaries, and looks again at
/// versions that could not be loaded.
///
/// Asked a few times a second by the housekeeping; what it decides is decided by `CanaryLimits`.
final class ModelSteward: Sendable {
    private static let interval = Interval.seconds(1)
    private static let writing = Interval.seconds(10)
    /// How long it waits after a change of its own that was not taken.
    private static let patience = Interval.seconds(30)

    private struct Clock {
        var look = MonotonicInstant(nanoseconds: 0)
        var write = MonotonicInstant(nanoseconds: 0)
        var patient: [String: MonotonicInstant] = [:]
    }

    private let clock = Mutex(Clock())

    /// One round; does nothing where the last one was a moment ago.
    func look(at gateway: Gateway) {
        let now = gateway.parts.time.now
        let (isDue, isWriting) = clock.withLock { clock in
            guard now >= clock.look else { return (false, false) }
            clock.look = now + Self.interval
            guard now >= clock.write else { return (true, false) }
            clock.write = now + Self.writing
            return (true, true)
        }
        guard isDue else { return }
        let edition = gateway.parts.board.edition
        let seen = gateway.seenVersions
        gateway.canaries.follow(edition.engine, seen: seen, now: gateway.parts.time.wallTime)
        if isWriting { gateway.canaries.write(seen: seen, edition.engine) }
        judge(edition, seen, gateway, now)
        lookAgain(edition, gateway)
    }

    private func judge(
        _ edition: PolicyBoard.Edition,
        _ seen: [ModelReference: VersionTally],
        _ gateway: Gateway,
        _ now: MonotonicInstant
    ) {
        for (name, roles) in edition.engine?.roles ?? [:] {
            guard let canary = roles.canary?.reference,
                let limits = edition.models.configuration.uses[name]?.limits,
                let trial = gateway.canaries.trial(of: name, seen: seen[canary] ?? VersionTally()),
                clock.withLock({ now >= $0.patient[name] ?? now })
            else { continue }
            let age = gateway.parts.time.wallTime - trial.began
            let change: ModelChange
            switch limits.judge(trial.tally, age: age) {
            case .goesOn: continue
            case .rolledBack(let reason):
                change = gateway.rollBack(model: name, to: nil, author: .canary, reason: reason)
            case .promoted(let reason):
                change = gateway.promote(
                    model: name,
                    to: Int(canary.version),
                    author: .canary,
                    reason: reason
                )
            }
            guard !change.isTaken else { continue }
            clock.withLock { $0.patient[name] = now + Self.patience }
            gateway.parts.logger.error(
                "what a canary's limits call for could not be done",
                metadata: ["model": "\(name)", "problem": "\(change.message)"]
            )
        }
    }

    /// Reads everything again once a version that was left out has changed and nobody writes to it.
    private func lookAgain(_ edition: PolicyBoard.Edition, _ gateway: Gateway) {
        let now = gateway.parts.time.wallTime
        let leftOut = edition.models.leftOut + gateway.refusal.leftOut
        let isReady = leftOut.contains { version in
            let stamp = FolderStamp(path: version.path)
            return (stamp != version.stamp || version.isUnfinished)
                && !stamp.isFresh(at: now, within: ModelSet.quiet)
        }
        guard isReady else { return }
        gateway.parts.logger.info("a version that was left out has changed: models are read again")
        gateway.reload()
    }
}
