// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The token that callers bring as `Authorization: Bearer …` (RFC 6750 section 2.1).
public struct BearerToken: Sendable {
    private let expected: [UInt8]

    /// Makes a token to compare with.
    public init(_ token: String) {
        expected = Array("Bearer \(token)".utf8)
    }

    /// Whether a request with this `Authorization` field is let in.
    ///
    /// Compares in a time that does not tell how much of a guess was right.
    public func admits(_ given: String?) -> Bool {
        let given = Array((given ?? "").utf8)
        guard given.count == expected.count else { return false }
        return zip(given, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
