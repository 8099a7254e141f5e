// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import TestKit
import Testing
import Vocabulary

@testable import Sync

@Suite struct `A question put off` {
    @Test func `waits longer each time, ten seconds at most`() {
        var patience = Patience()
        let holds = (0..<8).map { _ in
            DrainPace.hold(failures: patience.tryAgain(1) + 1, random: 1).seconds
        }
        #expect(holds == [0.5, 1, 2, 4, 8, 10, 10, 10])
        let other = patience.tryAgain(2)
        patience.forget(1)
        let afresh = patience.tryAgain(1)
        #expect(other == 0 && afresh == 0)
    }
}
