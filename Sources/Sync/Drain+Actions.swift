// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Spool
import Synchronization
import Vocabulary

extension Drain {
    /// How many rows one round may put aside: past it the next round goes on, so that a backlog nobody
    /// takes costs little.
    static let asideLimit = 1_024

    func sendActions() async throws(SpoolError) {
        var aside = 0
        while aside < Self.asideLimit, let room = actionRoom {
            guard let rows = try await take([.action], \.suspectActions, limit: room)
            else { return }
            aside += send(rows)
        }
    }

    /// How many rows may be taken now; nil when none.
    private var actionRoom: Int? {
        state.withLock { state in
            let limit = state.suspectActions > 0 ? 1 : options.batch
            return state.actions < limit ? limit - state.actions : nil
        }
    }

    /// Returns how many went back to the spool.
    private func send(_ rows: [SpoolRow]) -> Int {
        let now = time.now
        let wallTime = time.wallTime
        var loads: [ActionTraffic.Load] = []
        var back = SpoolChange()
        for row in rows {
            let load: ActionTraffic.Load
            do throws(EffectRowError) {
                let effect = try Effect(
                    row: row.body,
                    at: now,
                    wallTime: wallTime,
                    waited: max(row.age, wallTime - row.storedAt)
                )
                let isOver = effect.notAfter.map { $0 < now } ?? false
                load = ActionTraffic.Load(row: row, effect: effect, isOver: isOver)
            } catch {
                bury(row, code: .unreadable, error.message, in: &back)
                finish(row, in: &back)
                continue
            }
            let admission = state.withLock { state in
                let admission = state.traffic.admit(load, at: now)
                if admission == .send || admission == .wait { state.actions += 1 }
                return admission
            }
            switch admission {
            case .send: loads.append(load)
            case .wait: break
            case .back(let delay):
                back.releases.append(.init(id: row.id, delay: delay))
                finish(row, in: &back)
            }
        }
        // Not waited for: until it is stored these rows stay taken, whatever the disk does.
        if !back.isEmpty { spool.submitPersistently(back) }
        deliver(loads)
        return back.releases.count
    }

    private func deliver(_ loads: [ActionTraffic.Load]) {
        // One by one: what settles at once lets the next row of its stream go before less urgent ones.
        for load in loads {
            act.deliver([load.effect]) { [self] _, outcome in settle(load, outcome) }
        }
    }

    private func settle(_ load: ActionTraffic.Load, _ outcome: DeliveryOutcome) {
        let row = load.row
        let end: ActionTraffic.End =
            switch outcome {
            case .delivered, .rejected: .arrived
            case .dropped: .dropped
            case .undelivered: .failed
            }
        let now = time.now
        let sequel = state.withLock {
            $0.traffic.settle(load, end, at: now, random: .random(in: 0..<1))
        }
        var change = SpoolChange()
        switch outcome {
        case .delivered:
            change.acknowledgements.append(row.id)
            state.withLock { $0.counts.delivered += 1 }
        case .undelivered:
            let delay = max(Self.delay(load), sequel.hold)
            change.releases.append(.init(id: row.id, delay: delay, countsAttempt: true))
            state.withLock { $0.counts.postponed += 1 }
        case .rejected(let reason):
            bury(row, code: .rejected, reason, in: &change)
        case .dropped(let reason):
            change.drops.append(.init(id: row.id, reason: reason))
        }
        finish(row, in: &change)
        for other in sequel.released {
            change.releases.append(.init(id: other.row.id))
            finish(other.row, in: &change)
        }
        let count = 1 + sequel.released.count
        spool.submitPersistently(change) { [self] in
            let left = state.withLock { state in
                state.actions -= count
                return state.actions
            }
            if left <= options.batch / 2 { wake() }
        }
        if let next = sequel.next { deliver([next]) }
    }

    /// A broker that is back is soon noticed: what it is owed are alarms, and asking it costs little.
    private static func delay(_ load: ActionTraffic.Load) -> Interval {
        let random = Double.random(in: 0..<1)
        if case .webhook = load.effect.target {
            return DrainPace.delay(attempts: load.row.attempts, random: random)
        }
        return DrainPace.hold(failures: load.row.attempts + 1, random: random)
    }
}
