// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Keeps an alarm from ringing all the time: k of a device's last n readings, then silence for a while.
///
/// An action fires with a reading when its condition holds for that reading, has held for at least
/// `atLeast` of the device's last `of` readings (this one included), and has not fired within `quiet`.
/// Firing does not empty the count: while a fault lasts the action fires once every `quiet`. A reading
/// for which the condition does not hold never fires, however many before it did.
///
/// A pure state machine: time is a parameter, and nothing happens between calls. Like everything a batch
/// teaches, what it counted stands once `settled()` is called; `rolledBack()` takes it back, because the
/// same readings come again and must neither count twice nor find their own alarm silenced.
///
/// Bounded: the devices unused for longest are forgotten when a batch closes, and begin anew.
public struct HoldTable: Sendable {
    /// What holds an action back.
    public struct Rule: Hashable, Sendable {
        /// How many of the device's last readings count; 1 to 1,024.
        public var of: Int
        /// How many of them the condition must have held for.
        public var atLeast: Int
        /// How long the action is then silent for the device.
        public var quiet: Interval

        /// Makes a rule.
        public init(of: Int, atLeast: Int, quiet: Interval) {
            self.of = min(max(1, of), 1_024)
            self.atLeast = min(max(1, atLeast), self.of)
            self.quiet = quiet
        }
    }

    /// Whose readings are counted: one device under one action of one policy.
    public struct Key: Hashable, Sendable {
        /// The policy's name.
        public var policy: String
        /// The action's name.
        public var action: String
        /// The device.
        public var device: String

        /// Makes a key.
        public init(policy: String, action: String, device: String) {
            self.policy = policy
            self.action = action
            self.device = device
        }
    }

    /// What a reading does.
    public enum Answer: Hashable, Sendable {
        /// The action is to be done.
        case fires
        /// The condition has not held often enough yet, or does not hold now.
        case waits
        /// It would fire, but fired less than `quiet` ago.
        case isQuiet
    }

    private struct State: Sendable {
        /// The last readings, the newest in the lowest bit of the first word; one for each that held.
        var words: [UInt64] = []
        var firedAt: MonotonicInstant?
    }

    private let limit: Int
    private var states = RecencyTable<Key, State>()
    private var undo: [Key: State?] = [:]

    /// Makes a table that remembers `limit` keys.
    public init(limit: Int = 50_000) {
        self.limit = max(1, limit)
    }

    /// How many keys are remembered.
    public var count: Int { states.count }

    /// Counts one reading for which the action's condition held or not, and says what follows.
    ///
    /// To be called once for every reading that the policy decides, in the device's order. With
    /// `isSettled` the count does not belong to the open batch and stands at once.
    public mutating func count(
        _ key: Key,
        held: Bool,
        rule: Rule,
        at now: MonotonicInstant,
        isSettled: Bool = false
    ) -> Answer {
        let before = states.use(key)
        var state = before ?? State()
        remember(key, before, isSettled: isSettled)
        Self.push(held, into: &state.words, keeping: rule.of)
        var answer = Answer.waits
        let count = state.words.reduce(0) { $0 + $1.nonzeroBitCount }
        if held, count >= rule.atLeast {
            if let firedAt = state.firedAt, now - firedAt < rule.quiet {
                answer = .isQuiet
            } else {
                answer = .fires
                state.firedAt = now
            }
        }
        states.set(key, state)
        return answer
    }

    /// Fires unless the action is silent for the device, and begins its quiet time; counts no reading.
    ///
    /// For a word that comes late on a reading that was counted before. It stands at once.
    public mutating func ring(_ key: Key, rule: Rule, at now: MonotonicInstant) -> Answer {
        let before = states.use(key)
        var state = before ?? State()
        if let firedAt = state.firedAt, now - firedAt < rule.quiet { return .isQuiet }
        remember(key, before, isSettled: true)
        state.firedAt = now
        states.set(key, state)
        return .fires
    }

    /// What `key` was before the open batch; what is settled at once is not taken back, and keeps the bound.
    private mutating func remember(_ key: Key, _ before: State?, isSettled: Bool) {
        if !isSettled {
            if undo[key] == nil { undo.updateValue(before, forKey: key) }
        } else if undo.isEmpty {
            states.trim(to: limit)
        }
    }

    /// The open batch is safe.
    public mutating func settled() {
        undo.removeAll(keepingCapacity: true)
        states.trim(to: limit)
    }

    /// The open batch will come again: what it counted is taken back.
    public mutating func rolledBack() {
        for (key, state) in undo {
            states.set(key, state)
        }
        settled()
    }

    /// Shifts `bit` into a register of `width` bits.
    private static func push(_ bit: Bool, into words: inout [UInt64], keeping width: Int) {
        let count = (width + 63) / 64
        // A policy may have been reloaded with another window.
        while words.count < count { words.append(0) }
        if words.count > count { words.removeLast(words.count - count) }
        var carry: UInt64 = bit ? 1 : 0
        for index in words.indices {
            let next = words[index] >> 63
            words[index] = words[index] << 1 | carry
            carry = next
        }
        let spare = count * 64 - width
        words[count - 1] &= UInt64.max >> UInt64(spare)
    }
}
