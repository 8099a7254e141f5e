// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Escalate

@Suite struct UplinkTests {
    var uplink = Uplink.StateMachine(slowAbove: .milliseconds(100))

    mutating func answer(_ milliseconds: Int64, times: Int = 1) {
        for _ in 0..<times { uplink.answered(in: .milliseconds(milliseconds)) }
    }

    @Test mutating func `trusts the second answer`() {
        #expect(uplink.state == .probing)
        answer(10)
        #expect(uplink.state == .probing)
        answer(10)
        #expect(uplink.state == .online)
    }

    @Test mutating func `is offline after the first failure when nothing is known`() {
        uplink.failed()
        #expect(uplink.state == .offline)
    }

    @Test mutating func `gives up after three failures in a row, not two`() {
        answer(10, times: 2)
        uplink.failed()
        uplink.failed()
        answer(10)
        uplink.failed()
        uplink.failed()
        #expect(uplink.state == .online)
        uplink.failed()
        #expect(uplink.state == .offline)
    }

    @Test mutating func `comes back over probing`() {
        uplink.failed()
        answer(10)
        #expect(uplink.state == .probing)
        answer(10)
        #expect(uplink.state == .online)
    }

    @Test mutating func `turns slow after three slow answers, and back well below the mark`() {
        answer(10, times: 2)
        answer(101, times: 2)
        answer(99)
        answer(101, times: 2)
        #expect(uplink.state == .online)
        answer(101)
        #expect(uplink.state == .slow)
        answer(80, times: 9)
        #expect(uplink.state == .slow)
        answer(60, times: 3)
        #expect(uplink.state == .online)
    }

    @Test func `a gateway is as well off as its best endpoint`() {
        #expect(Uplink.better(.offline, .slow) == .slow)
        #expect(Uplink.better(.online, .slow) == .online)
        #expect(Uplink.better(.offline, .probing) == .probing)
    }
}
