// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Infer
import Spool
import Vocabulary

/// The site's secret, under which decision ids are hashed.
///
/// Keyed, so that an id that leaves the site tells nothing about the device it stands for, even to
/// someone who can guess device names and counters. Kept in the spool's file, so that a repeat after a
/// restart gets the same id.
struct SiteKey: Sendable {
    /// Where the spool keeps it.
    static let metaName = "site_key"

    // The key is taken in once: that costs more than the rest of a decision's id.
    private let keyed: HMAC<SHA256>

    init(bytes: [UInt8]) {
        keyed = HMAC(key: SymmetricKey(data: bytes))
    }

    /// Fresh random bytes for a new site.
    static func freshBytes() -> [UInt8] {
        SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
    }

    /// The id of the decision on one reading under one policy: HMAC-SHA-256 (RFC 2104), its first 128 bits.
    ///
    /// `identity` is the input's identity in canonical bytes, `index` the reading's place in its message.
    func decisionID(identity: [UInt8], index: Int, policy: String) -> DecisionID {
        var input: [UInt8] = []
        input.reserveCapacity(identity.count + policy.utf8.count + 16)
        Self.append(identity.count, to: &input)
        input.append(contentsOf: identity)
        Self.append(index, to: &input)
        input.append(contentsOf: policy.utf8)
        var code = keyed
        code.update(data: input)
        return code.finalize().withUnsafeBytes { bytes in
            DecisionID(
                high: bytes.load(fromByteOffset: 0, as: UInt64.self).bigEndian,
                low: bytes.load(fromByteOffset: 8, as: UInt64.self).bigEndian
            )
        }
    }

    /// What chooses the devices that canaries speak for.
    var lot: CanaryLot {
        // No message has so many readings, so that this is never a decision's id.
        let hash = decisionID(identity: [], index: .max, policy: "canary")
        return CanaryLot(key: (hash.high, hash.low))
    }

    /// What the journal of attempts knows a message by.
    func attemptKey(topic: String, payload: [UInt8]) -> AttemptKey {
        let identity = Array(topic.utf8) + payload
        let id = decisionID(identity: identity, index: topic.utf8.count, policy: "")
        return AttemptKey(high: id.high, low: id.low)
    }

    private static func append(_ number: Int, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: UInt64(number).bigEndian) { bytes.append(contentsOf: $0) }
    }
}
