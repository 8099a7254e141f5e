// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Infer
import Spool
import Synchronization
import Vocabulary

/// What is known of one canary since it began, over restarts.
///
/// On disk it is a setting of the spool, JSON. It belongs to the version's number and digest: another
/// file under the same number begins anew.
struct CanaryRecord: Codable, Equatable, Sendable {
    /// The layout's version.
    var format = 1
    /// The version, `name/version`.
    var reference: String
    /// The digest of its file.
    var digest: String
    /// When it began, in nanoseconds since 1970.
    var began: Int64
    /// What earlier runs saw of it.
    var tally = VersionTally()

    static let prefix = "canary/"

    func encoded() -> [UInt8] {
        // Plain values only; encoding them cannot fail.
        (try? JSONEncoder().encode(self)).map { Array($0) } ?? []
    }

    /// Reads what `encoded` wrote; nil for anything else.
    static func decoded(_ bytes: [UInt8]) -> CanaryRecord? {
        let record = try? JSONDecoder().decode(CanaryRecord.self, from: Data(bytes))
        return record?.format == 1 ? record : nil
    }
}

/// The canaries that are tried, and what has been seen of each since it began.
final class CanaryBook: Sendable {
    private struct Trial {
        var record: CanaryRecord
        /// What this run had seen of the version when its trial began, or was taken up.
        var before: VersionTally
        var written: VersionTally
    }

    private let trials = Mutex<[String: Trial]>([:])
    private let spool: SpoolStore

    /// Takes up what earlier runs wrote.
    init(from spool: SpoolStore) throws(SpoolError) {
        self.spool = spool
        var trials: [String: Trial] = [:]
        for (key, value) in try spool.meta(prefix: CanaryRecord.prefix) {
            guard let record = CanaryRecord.decoded(value) else { continue }
            trials[String(key.dropFirst(CanaryRecord.prefix.count))] = Trial(
                record: record,
                before: VersionTally(),
                written: record.tally
            )
        }
        self.trials.withLock { $0 = trials }
    }

    /// Begins and ends trials as `engine` has canaries; `seen` is what this run saw of each version.
    func follow(
        _ engine: CoreEngine?,
        seen: [ModelReference: VersionTally],
        now: WallTime
    ) {
        var changes = SpoolChange()
        trials.withLock { trials in
            var current: Set<String> = []
            for (name, roles) in engine?.roles ?? [:] {
                guard let canary = roles.canary?.reference else { continue }
                current.insert(name)
                let digest = engine?.models[canary]?.digest ?? ""
                if let known = trials[name]?.record, known.reference == canary.description,
                    known.digest == digest
                {
                    continue
                }
                let record = CanaryRecord(
                    reference: canary.description,
                    digest: digest,
                    began: now.nanoseconds
                )
                trials[name] = Trial(
                    record: record,
                    before: seen[canary] ?? VersionTally(),
                    written: VersionTally()
                )
                changes.meta.append(
                    .init(key: CanaryRecord.prefix + name, value: record.encoded())
                )
            }
            for name in trials.keys where !current.contains(name) {
                trials[name] = nil
                changes.meta.append(.init(key: CanaryRecord.prefix + name, value: nil))
            }
        }
        if !changes.isEmpty { spool.submitPersistently(changes) }
    }

    /// What has been seen of the canary of `name` since it began, and when that was; nil without one.
    func trial(
        of name: String,
        seen: VersionTally
    ) -> (tally: VersionTally, began: WallTime)? {
        trials.withLock { trials in
            guard let trial = trials[name] else { return nil }
            var tally = trial.record.tally
            tally.add(seen.since(trial.before))
            return (tally, WallTime(nanoseconds: trial.record.began))
        }
    }

    /// Writes what has changed, so that a restart loses little of it.
    func write(seen: [ModelReference: VersionTally], _ engine: CoreEngine?) {
        var changes = SpoolChange()
        for (name, roles) in engine?.roles ?? [:] {
            guard let canary = roles.canary?.reference,
                let (tally, _) = trial(of: name, seen: seen[canary] ?? VersionTally())
            else { continue }
            trials.withLock { trials in
                guard var trial = trials[name], trial.written != tally else { return }
                trial.written = tally
                trials[name] = trial
                var record = trial.record
                record.tally = tally
                changes.meta.append(
                    .init(key: CanaryRecord.prefix + name, value: record.encoded())
                )
            }
        }
        if !changes.isEmpty { spool.submitPersistently(changes) }
    }
}
