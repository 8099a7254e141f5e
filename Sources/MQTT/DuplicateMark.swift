// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Reads the DUP flag out of the line the C library logs for each message it receives.
enum DuplicateMark {
    /// Whether the PUBLISH that `line` reports is marked as sent before; nil for any other line.
    static func isPresent(in line: UnsafePointer<CChar>) -> Bool? {
        guard let mark = strstr(line, "received PUBLISH (d") else { return nil }
        return mark[19] == CChar(bitPattern: UInt8(ascii: "1"))
    }
}
