// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Telemetry
import Testing
import Vocabulary

@Suite struct RepeatLimiterTests {
    private func instant(_ seconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func `lets the first through and says later how many it held back`() {
        var limiter = RepeatLimiter(interval: .seconds(10))
        #expect(limiter.admit("a", at: instant(0)) == 0)
        #expect(limiter.admit("a", at: instant(1)) == nil)
        #expect(limiter.admit("a", at: instant(9)) == nil)
        #expect(limiter.admit("b", at: instant(9)) == 0)
        #expect(limiter.admit("a", at: instant(10)) == 2)
    }

    @Test func `stays bounded under ever new kinds`() {
        var limiter = RepeatLimiter(interval: .seconds(10), capacity: 2)
        for kind in 0..<1_000 {
            #expect(limiter.admit(String(kind), at: instant(0)) == 0)
        }
    }
}
