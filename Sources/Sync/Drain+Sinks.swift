// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Logging
import Spool
import Synchronization
import Vocabulary

/// Lines for the user's own stores: one batch of each sink at a time, so that their order is kept and one
/// that is away holds back no other.
extension Drain {
    /// How one sink is doing.
    public struct SinkStatus: Hashable, Sendable {
        /// Lines it has taken since the start.
        public var stored = 0
        /// Lines it has refused, each time they were tried.
        public var refused = 0
        /// Calls in a row that it did not take.
        public var failures = 0
        /// Why it did not take the last one; nil while it does.
        public var reason: String?
    }

    /// What a drain knows of a sink.
    struct SinkState {
        var passage = SinkPassage()
        var status = SinkStatus()
        var isBusy = false
    }

    /// How each sink is doing, by name.
    public var sinkStatus: [String: SinkStatus] {
        state.withLock { state in state.sinks.mapValues(\.status) }
    }

    /// The way out is back, as somebody else has found: what was left alone is tried soon; any thread.
    public func hope() {
        let now = time.now
        state.withLock { state in
            for name in state.sinks.keys {
                state.sinks[name]?.passage.hope(at: now, random: .random(in: 0..<1))
            }
        }
        wake()
    }

    /// Begins a batch for every sink that may have one now.
    func sendLines() async throws(SpoolError) {
        guard !sinks.isEmpty, spool.depth(of: [.delivery]) > 0 else { return }
        for name in sinks.keys.sorted() {
            guard let sink = sinks[name], let limit = begin(name, sink.limits) else { continue }
            let rows: [SpoolRow]
            do throws(SpoolError) {
                rows = try await spool.leased(
                    [.delivery],
                    of: .only([name]),
                    limit: limit,
                    bytes: sink.limits.bytes,
                    order: .smallestDebt
                )
            } catch {
                end(name)
                throw error
            }
            guard !rows.isEmpty else {
                end(name)
                continue
            }
            state.withLock { $0.bucket.spend(rows.reduce(0) { $0 + $1.body.count }) }
            Task {
                let hasMore = await send(rows, to: sink, called: name)
                end(name)
                if hasMore { wake() }
            }
        }
    }

    /// How many lines may be taken for a sink, which is busy from now on; nil for none.
    private func begin(_ name: String, _ limits: SinkLimits) -> Int? {
        let (now, share) = (time.now, gauge.share)
        return state.withLock { state in
            guard let sink = state.sinks[name], !sink.isBusy,
                state.bucket.wait(at: now, share: share) == .zero
            else { return nil }
            let limit: Int
            switch sink.passage.allowance(at: now) {
            case .full: limit = limits.lines
            case .probe(let few): limit = min(few, limits.lines)
            case .wait: return nil
            }
            state.sinks[name]?.isBusy = true
            return limit
        }
    }

    private func end(_ name: String) {
        state.withLock { $0.sinks[name]?.isBusy = false }
    }

    /// Returns true when the sink took some, so that more may follow at once.
    private func send(_ rows: [SpoolRow], to sink: any Sink, called name: String) async -> Bool {
        var change = SpoolChange()
        var lines: [OutboundLine] = []
        var sent: [SpoolRow] = []
        for row in rows {
            do throws(DeliveryRow.Unreadable) {
                lines.append(try DeliveryRow(body: row.body).line(of: row))
                sent.append(row)
            } catch {
                bury(row, code: .unreadable, error.message, in: &change)
            }
        }
        let outcomes =
            lines.isEmpty ? [] : await sink.send(lines, streams: sent.map(\.stream))
        let refused = zip(sent, outcomes).filter { $0.1.isRefusal }.map { $0.0.id }
        let hasStored = outcomes.contains(.stored)
        let putOff = doubts(name, refused, hasStored: hasStored)
        var trouble: (reason: String, wait: Interval?)?
        for (row, outcome) in zip(sent, outcomes) {
            switch outcome {
            case .stored:
                change.acknowledgements.append(row.id)
            case .refused(let reason):
                guard let putOff else {
                    fail(row, code: .refused, "sink `\(name)`: \(reason)", in: &change)
                    continue
                }
                trouble = ("it refuses every line: \(reason)", trouble?.wait)
                change.releases.append(.init(id: row.id, delay: putOff))
            case .failed(let reason, let wait):
                trouble = (reason, max(wait ?? .zero, trouble?.wait ?? .zero))
                change.releases.append(.init(id: row.id))
            case .held:
                change.releases.append(.init(id: row.id))
            }
        }
        let stored = outcomes.count { $0 == .stored }
        note(name, stored: stored, refused: refused.count, trouble)
        await store(change)
        return hasStored
    }

    /// How long refused lines are put off, uncounted, because the store takes none; nil where it is
    /// believed.
    private func doubts(_ name: String, _ refused: [Int64], hasStored: Bool) -> Interval? {
        guard !refused.isEmpty, !hasStored else { return nil }
        return state.withLock { state in
            state.sinks[name]?.passage.refuses(refused)
            guard let passage = state.sinks[name]?.passage, passage.isDoubted else { return nil }
            return passage.putOff
        }
    }

    private func note(
        _ name: String,
        stored: Int,
        refused: Int,
        _ trouble: (reason: String, wait: Interval?)?
    ) {
        let now = time.now
        let news = state.withLock { state -> (isBack: Bool, isGone: Bool) in
            guard var sink = state.sinks[name] else { return (false, false) }
            let before = sink.passage.failures
            sink.status.stored += stored
            sink.status.refused += refused
            if let trouble {
                sink.passage.failed(
                    at: now,
                    retryAfter: trouble.wait,
                    random: .random(in: 0..<1)
                )
                sink.status.reason = trouble.reason
            } else if stored > 0 {
                sink.passage.stored()
                sink.status.reason = nil
            }
            sink.status.failures = sink.passage.failures
            state.sinks[name] = sink
            return (before > 0 && sink.passage.failures == 0, before == 0 && trouble != nil)
        }
        if news.isBack {
            logger.info("a sink takes lines again", metadata: ["sink": "\(name)"])
        } else if news.isGone {
            logger.warning(
                "a sink does not take lines; they wait in the spool",
                metadata: ["sink": "\(name)", "reason": "\(trouble?.reason ?? "")"]
            )
        }
    }
}
