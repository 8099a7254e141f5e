// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import FoundationEssentials
public import Spool
import Sync
import Vocabulary

/// What a person can do with dead letters, with a gateway running or none.
///
/// A letter that was a row becomes that row again, under its key. A message that never was one goes
/// through the path again from decoding, by its topic, under the identity it would have had.
public struct LetterDesk: Sendable {
    /// Why nothing was done.
    public struct Refusal: Error, Sendable, CustomStringConvertible {
        /// What is wrong and what to do.
        public var description: String
    }

    private let spool: SpoolStore

    /// Makes a desk for the letters of `spool`.
    public init(spool: SpoolStore) {
        self.spool = spool
    }

    /// Sends a letter again: it becomes a row, and is no letter any more.
    ///
    /// The row is stored before the letter goes: a crash between leaves both, and a second requeue
    /// makes no second row.
    public func requeue(_ id: Int64) throws(Refusal) {
        do throws(SpoolError) {
            guard let stored = try spool.deadLetter(id) else { throw missing(id) }
            var change = SpoolChange()
            change.inserts.append(try entry(of: stored))
            let receipt = try spool.commit(change)
            guard receipt.droppedInserts.isEmpty else {
                throw SpoolError(
                    .capReached,
                    "the spool is full of more urgent rows; the letter stays"
                )
            }
            try spool.removeDeadLetters([id])
        } catch {
            throw Refusal(description: error.message)
        }
    }

    /// Gives a letter another payload; returns its new number.
    ///
    /// Refuses what could not be sent again as the row it was.
    public func edit(_ id: Int64, payload: [UInt8]) throws(Refusal) -> Int64 {
        do throws(SpoolError) {
            guard let stored = try spool.deadLetter(id) else { throw missing(id) }
            if let origin = stored.letter.origin { try check(payload, origin.kind) }
            guard let new = try spool.editDeadLetter(id, payload: payload) else {
                throw missing(id)
            }
            return new
        } catch {
            throw Refusal(description: error.message)
        }
    }

    private func missing(_ id: Int64) -> SpoolError {
        SpoolError(.invalid, "there is no dead letter \(id)")
    }

    /// The row that a letter becomes.
    private func entry(of stored: StoredDeadLetter) throws(SpoolError) -> NewEntry {
        guard stored.isOpen else { throw stored.isSealed }
        let letter = stored.letter
        guard letter.payload.count >= stored.payloadBytes else {
            throw SpoolError(
                .invalid,
                "only \(letter.payload.count) of its \(stored.payloadBytes) bytes were kept; give it "
                    + "its whole payload with `sluice spool edit` first"
            )
        }
        let number = spool.reserveIDs(1).lowerBound
        guard let origin = letter.origin else {
            var pending = PendingMessage(requeued: stored)
            pending.payload = Data(letter.payload)
            return NewEntry(
                id: number,
                key: "letter-\(stored.id)-\(letter.time.nanoseconds):pending",
                kind: .pending,
                priority: .normal,
                device: "",
                policy: "",
                policyVersion: "",
                body: pending.encoded()
            )
        }
        try check(letter.payload, origin.kind)
        return NewEntry(
            id: number,
            key: origin.key,
            kind: origin.kind,
            priority: origin.priority,
            device: origin.device,
            stream: origin.kind == .pending ? nil : origin.stream,
            sink: origin.kind == .delivery ? try? DeliveryRow(body: letter.payload).sink : nil,
            policy: origin.policy,
            policyVersion: origin.policyVersion,
            timeToLive: origin.timeToLive,
            body: letter.payload
        )
    }

    /// Refuses a body that no row of `kind` has.
    private func check(_ body: [UInt8], _ kind: EntryKind) throws(SpoolError) {
        let problem: String?
        do {
            switch kind {
            case .pending: _ = try PendingMessage.decoded(body)
            case .escalation, .deferral, .audit: _ = try OpenDecision.decoded(body)
            case .action:
                _ = try Effect(
                    row: body,
                    at: .init(nanoseconds: 0),
                    wallTime: .init(nanoseconds: 0),
                    waited: .zero
                )
            case .delivery: _ = try DeliveryRow(body: body)
            }
            problem = nil
        } catch let error as DeliveryRow.Unreadable {
            problem = error.message
        } catch let error as EffectRowError {
            problem = error.message
        } catch {
            problem = "\(error)"
        }
        guard let problem else { return }
        throw SpoolError(.invalid, "its content is no row of kind \(kind.name): \(problem)")
    }
}
