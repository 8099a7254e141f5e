// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

struct `State bytes` {
    @Test func `what is written is read back to the bit`() throws {
        var writer = StateWriter()
        writer.put(7)
        writer.put(-0.0)
        writer.put(Double.nan)
        writer.put(true)
        writer.put("bed 4 ä")
        writer.put([1.5, -2, .infinity])
        writer.put([1, 2, 255] as [UInt8])
        writer.put(WallTime(nanoseconds: 5))
        writer.put(nil as WallTime?)
        var reader = StateReader(writer.bytes)
        #expect(try reader.int(in: 0...10) == 7)
        #expect(try reader.double().bitPattern == (-0.0).bitPattern)
        #expect(try reader.double().isNaN)
        #expect(try reader.bool())
        #expect(try reader.text(limit: 100) == "bed 4 ä")
        #expect(try reader.doubles(limit: 3) == [1.5, -2, .infinity])
        #expect(try reader.block(limit: 3) == [1, 2, 255])
        #expect(try reader.time() == WallTime(nanoseconds: 5))
        #expect(try reader.time() == nil)
        #expect(reader.remaining == 0)
    }

    @Test func `a count larger than what is left is refused before memory is taken`() {
        var writer = StateWriter()
        writer.put(Int.max)
        #expect(throws: StateError.self) {
            var reader = StateReader(writer.bytes)
            _ = try reader.doubles(limit: .max)
        }
        #expect(throws: StateError.self) {
            var reader = StateReader(writer.bytes)
            _ = try reader.block(limit: .max)
        }
        #expect(throws: StateError.self) {
            var reader = StateReader(writer.bytes)
            _ = try reader.text(limit: .max)
        }
    }

    @Test func `a number that ends early, a wrong truth value and broken text are refused`() {
        #expect(throws: StateError.self) {
            var reader = StateReader([1, 2, 3])
            _ = try reader.int64()
        }
        #expect(throws: StateError.self) {
            var reader = StateReader([2])
            _ = try reader.bool()
        }
        #expect(throws: StateError.self) {
            var writer = StateWriter()
            writer.put([0xff, 0xfe] as [UInt8])
            var reader = StateReader(writer.bytes)
            _ = try reader.text(limit: 10)
        }
        #expect(throws: StateError.self) {
            var writer = StateWriter()
            writer.put(Double.nan)
            var reader = StateReader(writer.bytes)
            _ = try reader.finite()
        }
    }
}
