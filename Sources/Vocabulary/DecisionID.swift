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
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var count = 0
        for byte in text.utf8 {
            guard count < 32, let digit = Self.value(of: byte) else { return nil }
            if count < 16 {
                halves.high = halves.high << 4 | digit
            } else {
                halves.low = halves.low << 4 | digit
            }
            count += 1
        }
        guard count == 32 else { return nil }
        self.init(high: halves.high, low: halves.low)
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

    private static func value(of digit: UInt8) -> UInt64? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(digit - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(digit - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(digit - UInt8(ascii: "A") + 10)
        default: nil
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
    public var description: String {
        // Written for every question, so not by interpolation, which is several times as slow.
        var text = decision.description
        text.reserveCapacity(40 + effect.utf8.count)
        text += ":"
        text += revision.description
        text += ":"
        text += effect
        return text
    }
}
