// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Strings met lately, so that the same bytes do not become a new string every time.
///
/// A table of fixed size, one place for each hash: a newcomer takes the place of the one before it.
struct NameTable: Sendable {
    private static let places = 1_024
    private var names: [String] = Array(repeating: "", count: places)

    /// The string that `bytes` spell.
    mutating func name(_ bytes: [UInt8]) -> String {
        let digest = bytes.withUnsafeBytes { ContentDigest(of: $0).value }
        let place = Int(truncatingIfNeeded: digest) & (Self.places - 1)
        var known = names[place]
        let isSame = known.withUTF8 { known in
            bytes.withUnsafeBufferPointer { known.elementsEqual($0) }
        }
        if isSame { return known }
        let name = String(decoding: bytes, as: UTF8.self)
        names[place] = name
        return name
    }
}
