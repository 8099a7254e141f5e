// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The identity of a decision, the same in the log, the spool, the cloud request and the published event.
///
/// 128 bits of a hash keyed by the site, over the input's identity, the reading's index and the policy.
public struct DecisionID: Hashable, Sendable, CustomStringConvertible {
    /// The first eight bytes, big-endian.
    public var high: UInt64
    /// The last eight bytes, big-endian.
    public var low: UInt64

    /// Makes an identity from its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads the 32 hexadecimal digits that `description` writes; nil when they are not.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 32,
            let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    /// 32 lower-case hexadecimal digits.
    public var description: String {
        String(unsafeUninitializedCapacity: 32) { digits in
            for place in 0..<16 {
                let shift = UInt64(60 - 4 * place)
                digits[place] = Self.digit(high >> shift & 15)
                digits[place + 16] = Self.digit(low >> shift & 15)
            }
            return 32
        }
    }

    private static func digit(_ value: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: value) + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }
}

/// The key of one thing that leaves the gateway; a receiver that has seen it may ignore a repeat.
public struct EffectKey: Hashable, Sendable, CustomStringConvertible {
    /// The decision it belongs to.
    public var decision: DecisionID
    /// 0 for the first word on it; one more for each later one.
    public var revision: Int
    /// Which effect of that revision: an action's name, or one of the gateway's own.
    public var effect: String

    /// The gateway's own effects, whose names no action may have: one of the two would count as a repeat.
    public enum Own: String, CaseIterable, Sendable {
        /// The question to the cloud.
        case ask
        /// The question of an audit.
        case audit
        /// The event that tells of the cloud's late word.
        case verdict
    }

    /// What the effects on a sink begin with.
    public static let sinkPrefix = "sink/"

    /// Whether no action may be called so.
    public static func isOwn(_ effect: String) -> Bool {
        Own(rawValue: effect) != nil || effect.hasPrefix(sinkPrefix)
    }

    /// Makes a key.
    public init(decision: DecisionID, revision: Int, effect: String) {
        self.decision = decision
        self.revision = revision
        self.effect = effect
    }

    /// `decision_id:revision:effect`.
    public var description: String { "\(decision):\(revision):\(effect)" }
}
