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
    let bounds: BoundBoard

    func attemptKey(of row: SpoolRow) -> AttemptKey {
        key.attemptKey(topic: row.key, payload: [])
    }

    func question(of row: SpoolRow) -> QuestionOrLetter {
        do {
            let open = try OpenDecision.decoded(row.body)
            guard board.policy(named: open.policy, version: open.policyVersion) != nil else {
                return .parked(.noPolicy)
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
                deadLetter(of: row, code: .unreadable, reason: "the row cannot be read: \(error)")
            )
        }
    }

    func conclude(_ row: SpoolRow, _ verdict: Verdict) async -> SpoolChange {
        let said = "the cloud said `\(verdict.label)`"
        guard let open = try? OpenDecision.decoded(row.body) else {
            return change(burying: row, .unreadable, "\(said), but the row cannot be read")
        }
        if let draw = open.audit {
            return AuditDesk(
                board: board,
                bounds: bounds,
                versions: concluder.versions,
                trail: trail,
                time: time
            )
            .conclude(open, draw, verdict, thinning: row.thinning)
        }
        guard let bound = board.policy(named: open.policy, version: open.policyVersion) else {
            // It went while the cloud was asked, who is asked again when it is back.
            var change = SpoolChange()
            if row.kind != .audit { change.parks.append(.init(id: row.id, reason: .noPolicy)) }
            return change
        }
        return await concluder.lateWord(open, bound, verdict, concluder.lateHolds)
    }

    private func change(
        burying row: SpoolRow,
        _ code: DeadLetterCode,
        _ reason: String
    ) -> SpoolChange {
        var change = SpoolChange()
        guard row.kind != .audit else { return change }
        let letter = deadLetter(of: row, code: code, reason: reason)
        change.burials.append(.init(id: row.id, letter: letter, delay: DrainOptions.letterRoom))
        return change
    }

    func deadLetter(of row: SpoolRow, code: DeadLetterCode, reason: String) -> DeadLetter {
        trail.buried(code.rawValue, reason)
        let open = try? OpenDecision.decoded(row.body)
        return DeadLetter(
            time: time.wallTime,
            input: row.kind.name,
            topic: open?.topic ?? row.key,
            payload: row.body,
            code: code,
            text: reason,
            attempts: row.attempts,
            origin: .init(row)
        )
    }
}

/// What the last run left in the air: escalations whose fallback nobody applied.
///
/// Also a run that ended well may leave some, when its time to stop was up.
struct Resumption {
    /// How many escalations can be in the air at once at most, and how far back from the newest row
    /// they are looked for: those in the air are young, whatever waits behind them.
    private static let limit = 50_000
    private static let scan = 1_000_000
    private static let batch = 64

    let spool: SpoolStore
    let concluder: Concluder
    let board: PolicyBoard
    let logger: Logger

    /// Applies the fallbacks.
    ///
    /// Before the drain asks for the cloud's word on the same rows, which is a second word only once the
    /// first is said; the lanes need not wait for it.
    func run() async {
        var count = 0
        do throws(SpoolError) {
            let ids = try await spool.newest(.escalation, limit: Self.limit, scan: Self.scan)
            for start in stride(from: 0, to: ids.count, by: Self.batch) {
                if Task.isCancelled { break }
                let batch = ids[start..<min(start + Self.batch, ids.count)]
                count += await takeUp(try await spool.rows(Array(batch)))
            }
        } catch {
            logger.warning(
                "what the last run left in the air cannot be read",
                metadata: ["error": "\(error)"]
            )
        }
        if count > 0 {
            logger.info(
                "took up what the last run left in the air",
                metadata: ["escalations": "\(count)"]
            )
        }
    }

    /// Returns how many of the rows were in the air.
    private func takeUp(_ rows: [SpoolRow]) async -> Int {
        var changes: [SpoolChange] = []
        for row in rows {
            guard row.state == .waiting,
                let open = try? OpenDecision.decoded(row.body), open.standing == nil,
                let bound = board.policy(named: open.policy, version: open.policyVersion)
            else { continue }
            let change = concluder.resume(open, bound, row: row.id)
            if !change.isEmpty { changes.append(change) }
        }
        var all = SpoolChange()
        for change in changes { all.append(change) }
        do throws(SpoolError) {
            try await spool.committed(all)
        } catch {
            // One that cannot be stored must not take the others with it.
            for change in changes { spool.submitPersistently(change) }
        }
        return changes.count
    }
}
