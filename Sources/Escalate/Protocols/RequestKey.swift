// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The key under which a request goes, so that a repeat is recognised.
enum RequestKey {
    /// The key of a request: the question's own, or for several `batch:` and 128 bits over all of them.
    ///
    /// FNV-1a, twice: the keys already are hashes keyed by the site, so nothing is to be hidden here.
    static func of(_ keys: [String]) -> String {
        guard keys.count != 1 else { return keys[0] }
        var high: UInt64 = 0xCBF2_9CE4_8422_2325
        var low: UInt64 = 0x6C62_272E_07BB_0142
        for key in keys {
            for byte in key.utf8 {
                high = (high ^ UInt64(byte)) &* 0x100_0000_01B3
                low = (low ^ UInt64(byte ^ 0x5A)) &* 0x100_0000_01B3
            }
            high = (high ^ 0x2C) &* 0x100_0000_01B3
            low = (low ^ 0x2C) &* 0x100_0000_01B3
        }
        return "batch:\(DecisionID(high: high, low: low))"
    }
}
