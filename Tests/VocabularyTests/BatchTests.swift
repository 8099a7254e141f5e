// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@Suite struct BatchTests {
    @Test func `keeps each payload apart in one arena`() {
        let batch = Batch()
        let topic = Topic(name: "a/b", index: 0, generation: 0)
        for payload in [[1, 2, 3], [], [4]] as [[UInt8]] {
            payload.withUnsafeBytes { bytes in
                batch.append(
                    topic: topic,
                    payload: bytes,
                    qualityOfService: 1,
                    isRetained: false,
                    isDuplicate: false
                )
            }
        }
        #expect(batch.messages.map { batch.payload(of: $0) } == [[1, 2, 3], [], [4]])
        batch.reset()
        #expect(batch.messages.isEmpty && batch.arena.isEmpty)
    }

    @Test func `a reading that does not decode leaves no samples behind`() {
        var readings = ReadingBatch(fieldCount: 1)
        readings.appendSample(1)
        readings.appendSample(2)
        readings.truncateSamples(to: 1)
        let row = ReadingBatch.Row(
            message: 0,
            index: 0,
            device: "d",
            deviceTime: nil,
            sequence: nil
        )
        readings.append(row, values: [.samples(0..<1)])
        #expect(readings.samples == [1])
        #expect(readings[0, 0] == .samples(0..<1))
    }
}
