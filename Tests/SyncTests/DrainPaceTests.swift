// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Testing
import Vocabulary

@testable import Sync

@Suite struct `The pace of a drain` {
    @Test(arguments: [
        (Uplink.offline, 0, 0), (.probing, 0, 0), (.slow, 0, 1), (.slow, 5, 1), (.online, 0, 4),
        (.online, 1, 1), (.offline, 3, 0),
    ])
    func `gives way to live questions, and waits for the uplink`(
        uplink: Uplink,
        live: Int,
        allowance: Int
    ) {
        let found = DrainPace.allowance(uplink, liveInFlight: live, limit: 4, share: 0.25)
        #expect(found == allowance)
    }

    @Test func `doubles the wait from half a second to a minute`() {
        let longest = (0...9).map { DrainPace.delay(attempts: $0, random: 1).seconds }
        #expect(longest == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60])
        let shortest = (0...9).map { DrainPace.delay(attempts: $0, random: 0).seconds }
        #expect(shortest == longest.map { $0 / 2 })
    }

    @Test(arguments: [-5, 64, Int.max])
    func `knows a wait for any number of attempts`(attempts: Int) {
        let wait = DrainPace.delay(attempts: attempts, random: 0.5)
        #expect(wait > .zero)
        #expect(wait <= .seconds(60))
    }

    @Test func `never waits for nothing: options are at least one`() {
        let options = DrainOptions(batch: 0, batchesInFlight: -1, attemptLimit: 0)
        #expect(options.batch == 1)
        #expect(options.batchesInFlight == 1)
        #expect(options.attemptLimit == 1)
    }
}
