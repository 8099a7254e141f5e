// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Spool
import Synchronization
import Vocabulary

extension Drain {
    /// A row and its question.
    struct Case: Sendable {
        var row: SpoolRow
        var question: Question
    }

    private enum Passage {
        case open
        /// None of its endpoints can be reached.
        case away
        /// None of its endpoints is in the configuration.
        case missing
    }

    /// Changes of settled rows that are stored together.
    private static let rowsPerCommit = 32

    func askQuestions() async throws(SpoolError) {
        var aside = 0
        while mayAsk, aside < Self.asideLimit {
            let kinds: Set<EntryKind> = [.escalation, .deferral]
            let taken = try await take(kinds, \.suspectQuestions, limit: options.batch)
            guard let rows = taken else { return }
            var back = SpoolChange()
            let cases = sort(rows, &back)
            aside += back.releases.count
            // Not waited for: until it is stored these rows stay taken, whatever the disk does.
            if !back.isEmpty { spool.submitPersistently(back) }
            guard !cases.isEmpty else { continue }
            let bytes = cases.reduce(0) { $0 + $1.question.outbound.weight }
            let start = time.now
            state.withLock { state in
                state.batches += 1
                state.bucket.spend(bytes)
            }
            Task {
                await ask(cases)
                settled(since: start)
                wake()
            }
        }
    }

    private var mayAsk: Bool {
        let (now, share) = (time.now, gauge.share)
        let allowance = DrainPace.allowance(
            escalate.uplink,
            liveInFlight: escalate.liveInFlight,
            limit: options.batchesInFlight,
            share: share
        )
        return state.withLock { state in
            guard state.batches < (state.suspectQuestions > 0 ? min(1, allowance) : allowance),
                state.pausedUntil.map({ $0 <= now }) ?? true
            else { return false }
            return state.bucket.wait(at: now, share: share) == .zero
        }
    }

    private func settled(since start: MonotonicInstant) {
        let (now, share) = (time.now, gauge.share)
        let pause = DrainPace.pause(
            after: now - start,
            share: share,
            limit: options.batchesInFlight
        )
        state.withLock { state in
            state.batches -= 1
            state.pausedUntil = pause > .zero ? now + pause : nil
        }
    }

    /// What can be asked now; the rest goes back, or to the dead letters.
    func sort(_ rows: [SpoolRow], _ back: inout SpoolChange) -> [Case] {
        var cases: [Case] = []
        var held: Set<RowStream> = []
        for row in rows {
            guard !held.contains(RowStream(row)) else {
                back.releases.append(.init(id: row.id))
                finish(row, in: &back)
                continue
            }
            switch desk.question(of: row) {
            case .letter(let letter):
                bury(row, as: letter, in: &back)
                finish(row, in: &back)
            case .parked(let reason):
                park(row, reason, in: &back)
                finish(row, in: &back)
            case .question(let question):
                switch passage(question.endpoints) {
                case .open:
                    cases.append(Case(row: row, question: question))
                    continue
                case .away: putOff(row, in: &back)
                case .missing: park(row, .noEndpoint, in: &back)
                }
                finish(row, in: &back)
                if back.releases.last?.id == row.id, row.keepsOrder { held.insert(RowStream(row)) }
            }
        }
        return cases
    }

    private func passage(_ endpoints: [String]) -> Passage {
        let known = endpoints.filter { escalate.counts(endpoint: $0) != nil }
        guard !known.isEmpty else { return .missing }
        let isOpen = known.contains { name in
            switch escalate.uplink(endpoint: name) {
            case .online, .slow: true
            case .offline, .probing: false
            }
        }
        return isOpen ? .open : .away
    }

    /// Asks a batch and concludes its rows in their order, so that one device's words leave in order.
    func ask(_ cases: [Case]) async {
        let before = state.withLock(\.recoveries)
        let answers = AsyncStream<(EffectKey, Result<Verdict, EscalationFailure>)>.makeStream()
        escalate.ask(
            cases.map(\.question),
            answer: { question, result in answers.continuation.yield((question.key, result)) },
            late: { _, _ in }
        )
        var results: [EffectKey: Result<Verdict, EscalationFailure>] = [:]
        let expected = Set(cases.map(\.question.key)).count
        for await (key, result) in answers.stream {
            results[key] = result
            if results.count == expected { break }
        }
        var change = SpoolChange()
        var held: Set<RowStream> = []
        for (index, one) in cases.enumerated() {
            let stream = RowStream(one.row)
            if held.contains(stream) {
                // It was answered, but a word before it was not: it is asked again, after that.
                change.releases.append(.init(id: one.row.id))
            } else if let result = results[one.question.key] {
                var more = await self.change(for: one.row, result, since: before)
                if one.row.keepsOrder, more.releases.contains(where: { $0.id == one.row.id }) {
                    held.insert(stream)
                }
                guard more.inserts.isEmpty else {
                    // What a word led to is on disk before the next word is said; and alone, because
                    // new rows may be refused.
                    finish(one.row, in: &more)
                    await store(change)
                    await store(more)
                    change = SpoolChange()
                    continue
                }
                change.append(more)
            }
            finish(one.row, in: &change)
            guard (index + 1) % Self.rowsPerCommit == 0 else { continue }
            await store(change)
            change = SpoolChange()
        }
        await store(change)
    }

    func store(_ change: SpoolChange) async {
        guard !change.isEmpty else { return }
        await withCheckedContinuation { stored in
            spool.submitPersistently(change) { stored.resume() }
        }
    }

    private func change(
        for row: SpoolRow,
        _ result: Result<Verdict, EscalationFailure>,
        since before: Recoveries
    ) async -> SpoolChange {
        var change = SpoolChange()
        switch result {
        case .success(let verdict):
            change = await desk.conclude(row, verdict)
            guard !change.parks.contains(where: { $0.id == row.id }) else {
                state.withLock { $0.counts.parked += 1 }
                return change
            }
            guard !change.burials.contains(where: { $0.id == row.id }) else {
                state.withLock { $0.counts.buried += 1 }
                return change
            }
            change.acknowledgements.append(row.id)
            state.withLock { state in
                if row.kind == .audit {
                    state.counts.audited += 1
                } else {
                    state.counts.concluded += 1
                }
                state.patience.forget(row.id)
            }
        case .failure(let failure) where failure.kind == .refused:
            // A refusal may be a mistake of the other side: it has to be repeated, too.
            if row.kind == .audit, !failure.isRepeatable {
                giveUp(row, in: &change)
            } else {
                fail(row, code: .refused, failure.description, in: &change)
            }
        case .failure(let failure) where failure.refusesAll:
            rest(row, in: &change, since: before)
        case .failure(let failure):
            putOff(row, in: &change, after: failure.retryAfter, since: before)
        }
        return change
    }

    /// It failed for a reason of its own: tried again, but not for ever.
    func fail(
        _ row: SpoolRow,
        code: DeadLetterCode,
        _ reason: String,
        in change: inout SpoolChange
    ) {
        guard row.attempts + 1 < options.attemptLimit else {
            return bury(row, code: code, reason, in: &change)
        }
        let delay = DrainPace.delay(attempts: row.attempts, random: .random(in: 0..<1))
        change.releases.append(.init(id: row.id, delay: delay, countsAttempt: true))
        state.withLock { $0.counts.postponed += 1 }
    }

    /// The way is not free: it is looked at again later and later.
    private func putOff(
        _ row: SpoolRow,
        in change: inout SpoolChange,
        after wait: Interval? = nil,
        since before: Recoveries? = nil
    ) {
        let times: Int? = state.withLock { state in
            state.counts.postponed += 1
            if let before, before != state.recoveries { return nil }
            return state.patience.tryAgain(row.id)
        }
        // What it was refused for is over.
        guard let times else { return change.releases.append(.init(id: row.id)) }
        let own = DrainPace.hold(failures: times + 1, random: .random(in: 0..<1))
        var release = SpoolChange.Release(id: row.id, delay: max(own, wait ?? .zero))
        release.ends = .reached
        change.releases.append(release)
    }

    /// The endpoint refuses everything: the row is not to blame, and others find out when that is over.
    private func rest(_ row: SpoolRow, in change: inout SpoolChange, since before: Recoveries) {
        let times: Int? = state.withLock { state in
            state.counts.postponed += 1
            guard before.answered == state.recoveries.answered else { return nil }
            return state.rests.tryAgain(row.id)
        }
        guard let times else { return change.releases.append(.init(id: row.id)) }
        let delay = DrainPace.rest(times: times, random: .random(in: 0..<1))
        var release = SpoolChange.Release(id: row.id, delay: delay)
        release.ends = .answered
        change.releases.append(release)
    }
}

extension Outbound {
    /// About how many bytes it is on the way: numbers as JSON writes them, names, and what is around.
    var weight: Int {
        tensors.reduce(64) { $0 + $1.values.count * 8 + $1.name.utf8.count + 48 }
    }
}
