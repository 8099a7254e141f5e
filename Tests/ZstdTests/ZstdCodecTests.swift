// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Zstd

@Suite struct `A Zstandard frame` {
    private let text = Array(String(repeating: #"{"vib":[1,2,3],"n":17},"#, count: 200).utf8)

    @Test func `gives back what was compressed`() throws {
        let codec = try #require(ZstdCodec())
        let frame = try #require(codec.compressed(text))
        #expect(frame.count < text.count / 10)
        #expect(try codec.expanded(frame, limit: text.count) == text)
    }

    @Test(arguments: [0, 1, 2, 16]) func `is not made where it would not be shorter`(
        count: Int
    ) throws {
        let codec = try #require(ZstdCodec())
        #expect(codec.compressed((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }) == nil)
    }

    @Test func `is not expanded beyond the limit`() throws {
        let codec = try #require(ZstdCodec())
        let frame = try #require(codec.compressed(text))
        #expect(throws: ZstdError.tooLong(UInt64(text.count))) {
            try codec.expanded(frame, limit: text.count - 1)
        }
    }

    @Test func `is refused when it is cut or is none`() throws {
        let codec = try #require(ZstdCodec())
        let frame = try #require(codec.compressed(text))
        #expect(throws: ZstdError.damaged) {
            try codec.expanded(Array(frame.dropLast(5)), limit: 1 << 20)
        }
        #expect(throws: ZstdError.damaged) { try codec.expanded([1, 2, 3], limit: 1 << 20) }
        #expect(throws: ZstdError.damaged) { try codec.expanded([], limit: 1 << 20) }
    }

    @Test func `never takes down the process, whatever byte is wrong`() throws {
        let codec = try #require(ZstdCodec())
        let frame = try #require(codec.compressed(text))
        for place in frame.indices {
            for bit in 0..<8 {
                var hurt = frame
                hurt[place] ^= 1 << bit
                let bytes = try? codec.expanded(hurt, limit: 1 << 20)
                #expect((bytes?.count ?? 0) <= 1 << 20)
            }
        }
        #expect(try codec.expanded(frame, limit: 1 << 20) == text)
    }
}
