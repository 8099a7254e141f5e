// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@Suite struct DeadlineTests {
    private let arrival = MonotonicInstant(nanoseconds: 1_000_000_000)

    @Test func `counts what the message spent on its way`() {
        let deadline = Deadline.from(
            arrival: arrival,
            spent: .milliseconds(100),
            total: .milliseconds(250)
        )
        #expect(deadline.left(at: arrival) == .milliseconds(150))
    }

    @Test func `grants no extra time to a sensor whose clock runs ahead`() {
        let deadline = Deadline.from(
            arrival: arrival,
            spent: .seconds(-5),
            total: .milliseconds(250)
        )
        #expect(deadline.left(at: arrival) == .milliseconds(250))
    }

    @Test func `leaves nothing, and never less, when the time is already spent`() {
        let deadline = Deadline.from(arrival: arrival, spent: .seconds(9), total: .seconds(1))
        #expect(deadline.left(at: arrival) == .zero)
        #expect(deadline.left(at: arrival + .seconds(1)) == .zero)
    }
}
