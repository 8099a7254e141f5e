// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Spool
import TestKit
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `What is left of a deadline` {
    private static func files() throws -> [String: String] {
        let condition = #"deadline.left < duration("200ms")"#
        return try Presses.changing(
            "rules:\n",
            to: "rules:\n  - { name: tight, when: '\(condition)', route: drop }\n"
        )
    }

    @Test func `counts the time that a model took`() throws {
        let rig = try Rig(try Self.files())
        let path = rig.path()
        path.adoptPolicies()
        let runtime = try #require(path.runtimes.first)
        let batch = rig.burst(Presses.payload(1))
        var moment = Moment(batch, rig.parts)
        rig.clock.advance(by: .milliseconds(100))
        let deadline = Deadline(
            expires: batch.arrival + .milliseconds(250),
            total: .milliseconds(250)
        )
        func left() -> Interval? {
            moment.situation(nil, batch.messages[0], ["4"], batch, deadline: deadline).deadlineLeft
        }
        #expect(left() == .milliseconds(250))
        moment.look(runtime, rig.parts)
        #expect(left() == .milliseconds(150))
    }

    @Test(arguments: [(0, "otherwise act final fine"), (100, "tight drop final fine")])
    func `counts the time that a reading waited for its model`(
        waited: Int64,
        word: String
    ) throws {
        let rig = try Rig(try Self.files())
        let path = rig.path(.worker)
        let payload = Presses.payload(1)
        let batch = rig.burst(payload)
        var pending = PendingMessage(
            batch.messages[0],
            payload: Array(payload.utf8),
            arrival: rig.clock.wallTime,
            policy: "press",
            ids: [0: "000102030405060708090a0b0c0d0e0f"]
        )
        let fine = Finding.Outcome.classification(.init(label: "fine", score: 0, confidence: nil))
        pending.inputs = ["pulse": [0: .answer(.init(fine))]]
        rig.clock.advance(by: .milliseconds(waited))
        path.decide([pending])
        try path.settle()
        #expect(try rig.words() == [word])
    }
}
