// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@Suite struct TimedSemaphoreTests {
    @Test func `a wait ends with its time, and at once after a signal`() {
        let semaphore = TimedSemaphore()
        #expect(!semaphore.wait(atMost: .zero))
        #expect(!semaphore.wait(atMost: .milliseconds(1)))
        #expect(!semaphore.wait(atMost: .seconds(-1)))
        semaphore.signal()
        semaphore.signal()
        #expect(semaphore.wait(atMost: .seconds(3_600)))
        #expect(semaphore.wait(atMost: .zero))
        #expect(!semaphore.wait(atMost: .zero))
    }
}
