// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Infer

@Suite struct `The canary's lot` {
    private let lot = CanaryLot(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))

    @Test func `is SipHash-2-4`() {
        // The vectors of the paper's reference implementation: the bytes 0, 1, 2 … that are ASCII.
        let expected: [(Int, UInt64)] = [
            (0, 0x726f_db47_dd0e_0e31), (1, 0x74f8_39c5_93dc_67fd), (7, 0xab02_00f5_8b01_d137),
            (8, 0x93f5_f579_9a93_2462), (15, 0xa129_ca61_49be_45e5),
        ]
        for (count, hash) in expected {
            let text = String(decoding: (0..<count).map { UInt8($0) }, as: UTF8.self)
            #expect(lot.hash(text.utf8) == hash, "\(count) bytes")
        }
    }

    @Test func `draws the same devices every time, and as many as it should`() {
        let one = lot.salted(with: "bearing-wear/4")
        let names = (0..<20_000).map { "line-\($0 % 7)/machine-\($0)" }
        let drawn = names.filter { one.place(of: $0) < 0.1 }
        // Within four standard deviations of the share.
        #expect(abs(drawn.count - 2_000) < 170)
        let again = CanaryLot(key: (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908))
            .salted(with: "bearing-wear/4")
        #expect(names.filter { again.place(of: $0) < 0.1 } == drawn)
        // A wider share keeps them.
        #expect(drawn.allSatisfy { one.place(of: $0) < 0.3 })
    }

    @Test func `draws other devices for another version and another site`() {
        let names = (0..<2_000).map { "d\($0)" }
        let drawn = Set(names.filter { lot.salted(with: "m/4").place(of: $0) < 0.5 })
        for other in [lot.salted(with: "m/5"), CanaryLot(key: (1, 2)).salted(with: "m/4")] {
            let shared = names.filter { drawn.contains($0) && other.place(of: $0) < 0.5 }
            #expect(abs(shared.count - 500) < 90)
        }
    }
}
