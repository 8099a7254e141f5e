// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One zone's offsets over time.
struct ZoneRules: Sendable {
    init?(_ bytes: [UInt8]) {
        return nil
    }

    func offset(at seconds: Int64) -> Int64 {
        0
    }
}
