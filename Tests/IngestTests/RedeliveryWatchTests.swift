// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Ingest

@Suite struct RedeliveryWatchTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    private func isOpen(
        after marks: [Bool],
        sessionPresent: Bool = true,
        later: Interval = .zero
    ) -> Bool {
        var watch = RedeliveryWatch()
        watch.connected(sessionPresent: sessionPresent, at: start)
        for mark in marks { watch.received(isDuplicate: mark, at: start) }
        return watch.isOpen(at: start + later)
    }

    @Test func `a new session has nothing to repeat`() {
        #expect(!isOpen(after: [], sessionPresent: false))
    }

    @Test func `a kept session may repeat`() {
        #expect(isOpen(after: []))
        #expect(isOpen(after: Array(repeating: false, count: 999)))
    }

    @Test func `a long run of unmarked messages ends the watch`() {
        #expect(!isOpen(after: Array(repeating: false, count: 1_000)))
    }

    @Test func `a marked message keeps it open`() {
        let marks = Array(repeating: false, count: 999) + [true]
        #expect(isOpen(after: marks + Array(repeating: false, count: 999)))
    }

    @Test func `silence ends it`() {
        #expect(isOpen(after: [true], later: .seconds(59)))
        #expect(!isOpen(after: [true], later: .seconds(60)))
    }
}
