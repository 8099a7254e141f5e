// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct DeviceTableTests {
    @Test func `forgets the device heard of longest ago`() {
        var table = DeviceTable<Int>(capacity: 2)
        func visit(_ device: String) -> Int {
            table.withState(of: device, orNew: 0) { state in
                state += 1
                return state
            }
        }
        #expect(visit("a") == 1)
        #expect(visit("b") == 1)
        #expect(visit("a") == 2)
        #expect(visit("c") == 1)
        #expect(table.evictions == 1)
        #expect(visit("a") == 3)
        #expect(visit("b") == 1)
        #expect(table.count == 2)
        #expect(table.evictions == 2)
    }

    @Test func `what is restored remembers the order, too`() throws {
        var table = DeviceTable<Int>(capacity: 3)
        for device in ["a", "b", "c", "a"] {
            table.withState(of: device, orNew: 0) { $0 += 1 }
        }
        var writer = StateWriter()
        table.save(into: &writer) { state, writer in writer.put(state) }
        func restored(capacity: Int) throws -> DeviceTable<Int> {
            var reader = StateReader(writer.bytes)
            var other = DeviceTable<Int>(capacity: capacity)
            try other.restore(from: &reader) { reader throws(StateError) in
                try reader.int(in: 0...9)
            }
            return other
        }
        var same = try restored(capacity: 3)
        #expect(same.evictions == 0)
        same.withState(of: "d", orNew: 0) { _ in }
        // `b` was heard of longest ago.
        #expect(same.withState(of: "a", orNew: 0) { $0 } == 2)
        #expect(same.withState(of: "c", orNew: 0) { $0 } == 1)
        var smaller = try restored(capacity: 1)
        #expect(smaller.withState(of: "a", orNew: 0) { $0 } == 2)
        var reader = StateReader(Array(writer.bytes.dropLast()))
        #expect(throws: StateError.self) {
            try table.restore(from: &reader) { reader throws(StateError) in
                try reader.int(in: 0...9)
            }
        }
        #expect(table.count == 0)
    }
}
