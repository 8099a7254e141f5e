// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Escalate
import Logging
import Spool
import Sync
import Vocabulary

/// Knows what the rows of the spool mean: the drain's questions answered.
struct CaseDesk: DrainDesk {
    let concluder: Concluder
    let board: PolicyBoard
    let time: any TimeSource
    let trail: DecisionTrail
    let key: SiteKey

    func attemptKey(of row: SpoolRow) -> AttemptKey {
        key.attemptKey(topic: row.key, payload: [])
    }

    func question(of row: SpoolRow) -> QuestionOrLetter {
        do {
            let open = try OpenDecision.decoded(row.body)
            guard board.policy(named: open.policy, version: open.policyVersion) != nil else {
                return .letter(
                    deadLetter(
                        of: row,
                        code: "no_policy",
                        reason: "policy `\(open.policy)` is gone"
                    )
                )
            }
            return .question(
                Question(
                    key: open.questionKey,
                    endpoints: open.endpoints,
                    outbound: open.outbound,
                    deadline: nil,
                    isLive: false
                )
            )
        } catch {
            return .letter(
                deadLetter(of: row, code: "unreadable", reason: "the row cannot be read: \(error)")
            )
        }
    }

    func conclude(_ row: SpoolRow, _ verdict: Verdict) async -> SpoolChange {
        guard let open = try? OpenDecision.decoded(row.body),
            let bound = board.policy(named: open.policy, version: open.policyVersion)
        else { return SpoolChange() }
        return await concluder.lateWord(open, bound, verdict, concluder.lateHolds)
    }

    func deadLetter(of row: SpoolRow, code: String, reason: String) -> DeadLetter {
        trail.buried(code, reason)
        let open = try? OpenDecision.decoded(row.body)
        return DeadLetter(
            time: time.wallTime,
            input: row.kind.name,
            topic: open?.topic ?? row.key,
            payload: open.map { Array($0.payload) } ?? row.body,
            code: code,
            text: reason,
            attempts: row.attempts
        )
    }
}

/// What the last run left in the air: escalations whose fallback nobody applied.
///
/// Also a run that ended well may leave some, when its time to stop was up.
struct Resumption {
    /// How far back from the newest row is looked: more rows than can be in the air at once.
    private static let reach: Int64 = 20_000

    let spool: SpoolStore
    let concluder: Concluder
    let board: PolicyBoard
    let logger: Logger

    /// Applies the fallbacks.
    ///
    /// Before the drain asks for the cloud's word on the same rows, which is a second word only once the
    /// first is said; the lanes need not wait for it.
    func run() async {
        var filter = SpoolFilter()
        filter.kinds = [.escalation]
        let newest = spool.reserveIDs(0).lowerBound
        let rows: [SpoolRow]
        do throws(SpoolError) {
            rows = try spool.rows(filter, after: max(0, newest - Self.reach), limit: 10_000)
        } catch {
            return logger.warning(
                "what the last run left in the air cannot be read",
                metadata: ["error": "\(error)"]
            )
        }
        var count = 0
        for listed in rows {
            guard let row = try? spool.row(listed.id), row.state == .waiting,
                let open = try? OpenDecision.decoded(row.body), open.standing == nil,
                let bound = board.policy(named: open.policy, version: open.policyVersion)
            else { continue }
            let change = concluder.resume(open, bound, row: row.id)
            guard !change.isEmpty else { continue }
            count += 1
            do throws(SpoolError) {
                try await spool.committed(change)
            } catch {
                spool.submitPersistently(change)
            }
        }
        if count > 0 {
            logger.info(
                "took up what the last run left in the air",
                metadata: ["escalations": "\(count)"]
            )
        }
    }
}
