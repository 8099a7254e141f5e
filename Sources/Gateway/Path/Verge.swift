// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

/// One reading at the point of its decision, with everything that the routes need.
///
/// One is made for the readings that a policy decides of a burst, and turned to each of them: what they
/// have in common is not copied for every one, and it is passed on without being copied itself. It must
/// be gone before its runtime's batch is used again.
final class Verge {
    let batch: Batch
    let runtime: PolicyRuntime
    /// The runtime's batch, as it is while the burst is decided.
    let readings: ReadingBatch
    var reading: PolicyRuntime.Case
    /// What conditions see; where none reads them, topic and captures are those of the first reading.
    var situation: Situation
    /// What `otherwise` says, until it is decided.
    var ruling: Ruling
    var moment: Moment
    /// What the lot says of it; nil when it is not audited.
    var audit: AuditDraw?

    var policy: Policy { runtime.policy }
    var row: ReadingBatch.Row { readings.rows[reading.row] }
    var message: Message { batch.messages[readings.rows[reading.row].message] }
    var captures: [String] { runtime.captures(of: reading) }
    var deadline: Deadline? { reading.deadline }

    /// The first of a runtime's readings; nil without one.
    init?(_ runtime: PolicyRuntime, _ batch: Batch, _ moment: Moment) {
        guard let first = runtime.cases.first else { return nil }
        self.batch = batch
        self.runtime = runtime
        self.moment = moment
        readings = runtime.readings
        reading = first
        situation = moment.situation(
            nil,
            batch.messages[readings.rows[first.row].message],
            runtime.captures(of: first),
            batch,
            deadline: nil,
            withPayload: false
        )
        ruling = Ruling(runtime.policy.otherwise)
    }

    /// Turns to another reading of the burst, whose finding is in the situation already.
    func turn(to next: PolicyRuntime.Case, canary: String?) {
        reading = next
        let place = readings.rows[next.row].message
        // One that was put aside has come earlier than its batch.
        let aside = runtime.aside(of: next)
        moment.arrival = aside?.arrival ?? batch.arrival
        moment.arrivalWallTime = aside?.arrivalWallTime ?? batch.arrivalWallTime
        if runtime.evaluator.readsTopic {
            situation.topic = batch.messages[place].topic.name
            situation.captures = runtime.captures(of: next)
        }
        situation.isRetained = batch.messages[place].isRetained
        situation.deadlineLeft = next.deadline?.left(at: moment.now)
        situation.now = moment.arrivalWallTime
        if runtime.evaluator.readsPayload { situation.shows(message, of: batch) }
        if situation.modelDigest != nil {
            situation.modelDigest = nil
            situation.bound = moment.bound
        }
        situation.speaks(canary: canary)
        audit = nil
    }

    /// Decides it, by the first rule that holds; see Decide.
    func decide() {
        ruling = runtime.evaluator.decide(&situation, readings: readings, row: reading.row)
    }

    /// The actions whose conditions hold for it.
    func actions() -> [Int] {
        runtime.evaluator.actionsOfDecided(&situation, readings: readings, row: reading.row)
    }
}
