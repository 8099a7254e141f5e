// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Gateway

@Suite struct `A pending message` {
    @Test func `comes back from its row as it went in`() throws {
        let message = Message(
            topic: Topic(name: "plant/4/press", index: 0, generation: 0),
            payload: 0..<3,
            qualityOfService: 1,
            isRetained: true,
            isDuplicate: true
        )
        let pending = PendingMessage(
            message,
            payload: [0, 0xFF, 0x7B],
            arrival: WallTime(nanoseconds: 1_700_000_000_123_456_789),
            policy: "press",
            ids: [0: "a", 7: "b"]
        )
        let read = try PendingMessage.decoded(pending.encoded())
        #expect(read.format == 1)
        #expect(read.topic == "plant/4/press")
        #expect(Array(read.payload) == [0, 0xFF, 0x7B])
        #expect(read.arrival == 1_700_000_000_123_456_789)
        #expect(read.isRetained)
        #expect(read.policy == "press")
        #expect(read.ids == [0: "a", 7: "b"])
    }

    @Test(arguments: ["", "{}", "[]", "null", #"{"format":1,"topic":7}"#])
    func `does not come back from what is no row`(text: String) {
        #expect(throws: (any Error).self) { try PendingMessage.decoded(Array(text.utf8)) }
    }
}
