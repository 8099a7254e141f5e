// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Decode

@Suite struct StreamTableTests {
    @Test func `forgets streams whose names take too many bytes`() {
        var table = StreamTable(limit: 100, nameLimit: 50)
        for number in 0..<4 {
            _ = table.slot(
                device: "device-\(number)",
                topic: Topic(name: "plant/hall", index: number, generation: 0)
            )
        }
        // Eighteen bytes each: two of them fit.
        #expect(table.trim() == 2)
        #expect([0, 1, 2, 3].map { table.key($0)?.device } == [nil, nil, "device-2", "device-3"])
    }

    @Test func `knows every one of many streams, and makes no second one of any`() {
        var table = StreamTable(limit: 3_000)
        func topic(_ number: Int, generation: Int) -> Topic {
            Topic(name: "plant/\(number)", index: number, generation: generation)
        }
        let slots = (0..<3_000).map {
            table.slot(device: "d\($0)", topic: topic($0, generation: 0))
        }
        #expect(slots == Array(0..<3_000))
        #expect(
            (0..<3_000).map { table.slot(device: "d\($0)", topic: topic($0, generation: 1)) }
                == slots
        )
        _ = table.slot(device: "another", topic: topic(0, generation: 1))
        #expect(table.trim() == 1)
        #expect(table.key(0) == nil)
        #expect(table.slot(device: "d0", topic: topic(0, generation: 1)) == 0)
    }
}
