// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CZlib

/// The gzip format (RFC 1952), in memory.
enum Gzip {
    /// `bytes` as one gzip member; nil when the library is out of memory.
    ///
    /// zlib's `deflate`.
    static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        let bound = czlib_gzip_bound(bytes.count)
        let result = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            count = czlib_gzip(bytes, bytes.count, output.baseAddress, output.count)
        }
        return result.isEmpty ? nil : result
    }
}
