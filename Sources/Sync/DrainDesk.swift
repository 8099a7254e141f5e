// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Escalate
public import Spool
public import Vocabulary

/// What a drain asks of whoever knows what the rows mean.
public protocol DrainDesk: Sendable {
    /// The question that a row holds, or the dead letter it becomes when it cannot be read.
    func question(of row: SpoolRow) -> QuestionOrLetter
    /// What must be true on disk now that the cloud has said `verdict` about a row, the row itself aside.
    ///
    /// A change that parks or buries the row says itself what becomes of it. Publishes the late word; returns
    /// when it is delivered, or when its own row is part of the change.
    func conclude(_ row: SpoolRow, _ verdict: Verdict) async -> SpoolChange
    /// What the journal of attempts knows a row by.
    func attemptKey(of row: SpoolRow) -> AttemptKey
    /// The dead letter of a row that can never leave.
    func deadLetter(of row: SpoolRow, code: DeadLetterCode, reason: String) -> DeadLetter
}

/// What a row turned out to be.
public enum QuestionOrLetter: Sendable {
    /// A question for the cloud.
    case question(Question)
    /// One that must wait until the configuration has again what it needs.
    case parked(ParkReason)
    /// Nothing that can be asked.
    case letter(DeadLetter)
}
