// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import MQTT
import Testing

@Suite struct MQTTBackoffTests {
    private let backoff = MQTTBackoff()

    @Test func `its upper end doubles with every attempt up to the cap`() {
        let longest = (1...10).map { backoff.wait(afterAttempts: $0, randomness: 1) }
        let seconds = longest.map { Double($0) / 1e9 }
        #expect(seconds == [0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 30, 30])
    }

    @Test func `it is drawn from the floor up`() {
        #expect(backoff.wait(afterAttempts: 9, randomness: 0) == 50_000_000)
        let middle = backoff.wait(afterAttempts: 9, randomness: 0.5)
        #expect(middle == Int64((0.05 + 29.95 / 2) * 1e9))
    }

    @Test func `one that goes ahead is back before the others begin`() {
        let longest = MQTTBackoff.ahead.wait(afterAttempts: 1, randomness: 1)
        #expect(longest <= backoff.wait(afterAttempts: 1, randomness: 0))
        #expect(MQTTBackoff.ahead.wait(afterAttempts: 1, randomness: 0) == 20_000_000)
        #expect(MQTTBackoff.ahead.wait(afterAttempts: .max, randomness: 1) == 30_000_000_000)
    }

    @Test func `it stays at the cap after any number of attempts`() {
        #expect(backoff.wait(afterAttempts: .max, randomness: 1) == 30_000_000_000)
    }

    @Test func `a floor above the cap wins`() {
        var odd = MQTTBackoff()
        odd.floor = 2
        odd.cap = 1
        #expect(odd.wait(afterAttempts: 3, randomness: 0.7) == 2_000_000_000)
    }
}
