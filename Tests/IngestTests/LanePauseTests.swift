// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Ingest

@Suite struct LanePauseTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)
    private let full = SettleFailure(kind: .storageFull, message: "no space left")

    @Test func `the first failure begins the pause and the next ones lengthen it`() {
        var pause = LanePause()
        let begins = [1, 2, 3].map { _ in pause.failed(full, at: start, randomness: 1) }
        #expect(begins == [true, false, false])
        #expect(pause.current?.since == start)
        #expect(pause.until == start + .seconds(1))
    }

    @Test func `a settle ends it and tells how long it was`() {
        var pause = LanePause()
        _ = pause.failed(full, at: start, randomness: 0)
        _ = pause.failed(full, at: start + .seconds(2), randomness: 0)
        let length = pause.succeeded(at: start + .seconds(5))
        #expect(length == .seconds(5))
        #expect(pause.until == nil)
        let again = pause.succeeded(at: start + .seconds(6))
        #expect(again == nil)
    }

    @Test func `the next pause begins with a short wait again`() {
        var pause = LanePause()
        for _ in 1...6 { _ = pause.failed(full, at: start, randomness: 1) }
        _ = pause.succeeded(at: start)
        _ = pause.failed(full, at: start, randomness: 1)
        #expect(pause.until == start + .milliseconds(250))
    }

    @Test func `G1: however long the disk was full, it is tried again within a second`() {
        var pause = LanePause()
        for _ in 1...1_000 {
            _ = pause.failed(full, at: start, randomness: 1)
            #expect(pause.until.map { $0 - start <= .seconds(1) } == true)
        }
    }
}
