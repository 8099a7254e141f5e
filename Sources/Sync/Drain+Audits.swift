// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Spool
import Synchronization
import Vocabulary

/// Audits: questions about what was answered here, put when nothing else wants the cloud.
///
/// One batch at a time: the running estimate that a verdict changes is stored with the row that asked
/// for it, so that a crash neither loses nor counts it twice, and two batches would store it out of
/// order.
extension Drain {
    private static let auditsPerBatch = 16

    func askAudits() async throws(SpoolError) {
        guard escalate.uplink == .online, escalate.liveInFlight == 0 else { return }
        let now = time.now
        let room = state.withLock { state in
            state.batches > 0 || state.isAuditing ? 0 : state.auditPace.allowance(at: now)
        }
        let limit = min(room, Self.auditsPerBatch)
        guard limit > 0, let rows = try await take([.audit], \.suspectAudits, limit: limit)
        else { return }
        var back = SpoolChange()
        let cases = sort(rows, &back)
        if !back.isEmpty { spool.submitPersistently(back) }
        guard !cases.isEmpty else { return }
        state.withLock { state in
            state.isAuditing = true
            state.auditPace.spend(cases.count, at: now)
        }
        Task {
            await ask(cases)
            state.withLock { $0.isAuditing = false }
            wake()
        }
    }

    /// Nobody waits for an audit, and its reading was dealt with: it is counted and forgotten.
    func giveUp(_ row: SpoolRow, in change: inout SpoolChange) {
        change.drops.append(.init(id: row.id, reason: .unanswered))
        state.withLock { $0.counts.auditsGivenUp += 1 }
    }
}

extension SpoolRow {
    /// Audits say nothing to anybody, so no order of theirs can be seen.
    var keepsOrder: Bool { kind != .audit }
}

/// How many audits may be asked now: so many an hour, of which a tenth may gather.
///
/// Pure. What was asked before a restart is not remembered: a process that starts again and again may
/// ask a tenth of an hour's each time.
struct AuditPace {
    private let callsPerHour: Double
    private let most: Double
    private var saved: Double
    private var since: MonotonicInstant?

    init(callsPerHour: Int) {
        self.callsPerHour = Double(callsPerHour)
        most = callsPerHour == 0 ? 0 : max(1, self.callsPerHour / 10)
        saved = most
    }

    mutating func allowance(at now: MonotonicInstant) -> Int {
        let passed = since.map { (now - $0).seconds } ?? 0
        saved = min(most, saved + max(0, passed) * callsPerHour / 3_600)
        since = now
        return Int(saved)
    }

    mutating func spend(_ count: Int, at now: MonotonicInstant) {
        _ = allowance(at: now)
        saved = max(0, saved - Double(count))
    }
}
