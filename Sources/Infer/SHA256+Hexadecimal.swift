// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto

extension SHA256 {
    /// The digest of `bytes` in 64 hexadecimal digits, as `sha256sum` prints it.
    static func hexadecimal(of bytes: [UInt8]) -> String {
        hash(data: bytes).hexadecimal
    }
}

extension SHA256.Digest {
    /// Its 64 digits.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in self { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
