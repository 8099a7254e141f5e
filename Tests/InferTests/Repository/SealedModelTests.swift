// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Infer

@Suite struct `A sealed model` {
    private let key: SealingKey

    init() throws {
        key = try SealingKey(hexadecimal: String(repeating: "0f", count: 32))
    }

    private func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 200_000])
    func `opens to what it was`(count: Int) throws {
        let plain = bytes(count)
        let sealed = try SealedModel.seal(plain, with: key)
        #expect(SealedModel.isSealed(sealed))
        #expect(!SealedModel.isSealed(plain))
        #expect(try SealedModel.open(sealed, with: key) == plain)
        // Never twice the same.
        #expect(try SealedModel.seal(plain, with: key) != sealed)
    }

    @Test func `does not open changed, cut off, put together anew, or with another key`() throws {
        let sealed = try SealedModel.seal(bytes(150_000), with: key)
        let piece = (64 << 10) + 16
        let head = 48
        var changed = sealed
        changed[head + 100] ^= 1
        var moved = sealed
        moved.replaceSubrange(head..<head + piece, with: sealed[head + piece..<head + 2 * piece])
        let refused = [
            changed, moved, Array(sealed.dropLast()), Array(sealed.prefix(head + 2 * piece)),
            Array(sealed.prefix(head + piece)), Array(sealed.prefix(head)),
            Array(sealed.prefix(20)), sealed + [0],
        ]
        for bytes in refused {
            #expect(throws: SealedModel.Refusal.self) {
                try SealedModel.open(bytes, with: key)
            }
        }
        let other = try SealingKey(hexadecimal: String(repeating: "f0", count: 32))
        #expect(throws: SealedModel.Refusal.self) { try SealedModel.open(sealed, with: other) }
        let missing = #expect(throws: SealedModel.Refusal.self) {
            try SealedModel.open(sealed, with: nil)
        }
        #expect(missing?.message == "it is encrypted, and `models:` names no key for it")
    }

    @Test(arguments: ["", "0f", String(repeating: "g", count: 64), "é"])
    func `wants a key of 64 digits`(text: String) {
        #expect(throws: SealingKey.Malformed.self) { try SealingKey(hexadecimal: text) }
    }
}
