// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import Ingest
import Logging
import Spool
import Vocabulary

/// The lane's questions: what is open, and is it safe?
extension MessagePath {
    var unsettledSince: MonotonicInstant? { open.since }

    var isComplete: Bool {
        stuck == nil && open.isComplete && !hasUnsettledEpochs
    }

    var awaitsSoon: Bool { stuck == nil && open.awaitsSoon }

    func settle() throws(SettleFailure) {
        if let stuck { throw stuck }
        // Alone, how far counters have come is not worth a commit.
        let written = isComplete ? [] : addHeads()
        let settling = tracing?.settling(isWritten: !open.isComplete)
        try open.settle()
        if let settling { tracing?.settled(settling) }
        openAsides.removeAll()
        holds.settled()
        for runtime in runtimes { runtime.tracker.settled() }
        tellGaps()
        for (runtime, mask) in zip(runtimes, written) { runtime.tracker.written(mask) }
    }

    /// Tells of counts that never came: readings that a broker or a device has lost.
    private func tellGaps() {
        for runtime in runtimes {
            let events = runtime.tracker.takeGapEvents()
            guard !events.isEmpty else { continue }
            let new = parts.gaps.note(events, lane: name, at: parts.time.wallTime)
            guard let first = new.first, parts.time.now >= gapsDue else { continue }
            gapsDue = parts.time.now + .seconds(60)
            parts.logger.warning(
                "readings are missing: devices have counted on without us",
                metadata: [
                    "lane": "\(name)", "gaps": "\(new.count)", "device": "\(first.device)",
                    "after": "\(first.after)", "before": "\(first.before)",
                ]
            )
        }
    }

    func rested() { keeper?.look() }

    func abandon() {
        open.abandon()
        tracing?.abandon()
        isTracing = false
        openAsides.removeAll()
        holds.rolledBack()
        outbox = Outbox()
        stuck = nil
        for index in runtimes.indices { runtimes[index].tracker.rolledBack() }
    }

    func connected(sessionPresent: Bool, expectedSession: Bool, afterUncleanExit: Bool) {
        recovery.connected(afterUncleanExit: afterUncleanExit)
        expectsCopies = sessionPresent
        for index in runtimes.indices {
            runtimes[index].tracker.connected(sessionPresent: sessionPresent)
        }
    }

    func acknowledgementsLost() {
        for runtime in runtimes { runtime.tracker.lastBatchWasNotAcknowledged() }
    }

    func redeliveriesEnded() {
        expectsCopies = false
        for runtime in runtimes { runtime.tracker.redeliveriesEnded() }
    }

    func refuse(topic: Topic, reason: String, payloadPrefix: [UInt8]) {
        open.opened(at: parts.time.now)
        open.change.deadLetters.append(
            DeadLetter(
                time: parts.time.wallTime,
                input: name,
                topic: topic.name,
                payload: payloadPrefix,
                code: .tooLarge,
                text: reason
            )
        )
        parts.trail.buried(DeadLetterCode.tooLarge.rawValue, reason)
    }

    /// True when the spool holds a row about a reading, so that it was decided and its batch committed,
    /// and only the acknowledgement is missing.
    ///
    /// Decided again, it might take another route, and its second first word would be taken for a copy.
    func isOnDisk(
        _ reading: PolicyRuntime.Case,
        _ topic: Topic,
        _ runtime: PolicyRuntime
    ) -> Bool {
        (try? parts.spool.hasRow(keyPrefix: "\(id(of: reading, topic, runtime)):")) ?? false
    }

    /// A message that may have ended the last run: counted on disk first, decided and settled by itself,
    /// and set aside once it has ended three.
    func receiveAlone(_ index: Int, of batch: Batch) {
        let message = batch.messages[index]
        let payload = batch.payload(of: message)
        let key = parts.key.attemptKey(topic: message.topic.name, payload: payload)
        do {
            // What came before it must not be blamed for it.
            decideWaiting(batch)
            try settle()
            let begun = try parts.spool.beginAttempts([key]).first ?? 1
            if CrashRecovery.isPoison(begun: begun) {
                bury(
                    message,
                    payload,
                    code: .endsProcess,
                    "the process ended three times while it worked on this message"
                )
            } else {
                route(message, at: index)
                isTakingUp = true
                decideWaiting(batch)
                isTakingUp = false
            }
            open.change.finishedAttempts.append(key)
            try settle()
        } catch let failure as SettleFailure {
            stuck = failure
        } catch let error as SpoolError {
            stuck = SettleFailure(
                kind: error.isFull ? .storageFull : .storageBroken,
                message: error.description
            )
        } catch {
            stuck = SettleFailure(kind: .storageBroken, message: "\(error)")
        }
    }
}
