// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// The accessors for everyday values; `required`, `optional` and `value` take any `Shape`.
extension SettingsNode {
    /// The text under `key`; "" when it is missing or unfit, which is reported.
    public func string(_ key: String) -> String {
        required(key, .string) ?? ""
    }

    /// The text under `key`, or `fallback`.
    public func string(_ key: String, default fallback: String) -> String {
        value(key, .string, default: fallback)
    }

    /// The text under `key`, if there is one.
    public func optionalString(_ key: String) -> String? {
        optional(key, .string)
    }

    /// The texts listed under `key`; empty when there are none.
    public func strings(_ key: String) -> [String] {
        optional(key, .list(of: .string)) ?? []
    }

    /// The whole number under `key`, or `fallback`.
    public func integer(
        _ key: String,
        in range: ClosedRange<Int> = 0...Int.max,
        default fallback: Int
    ) -> Int {
        value(key, .integer(in: range), default: fallback)
    }

    /// The whole number under `key`, if there is one.
    public func optionalInteger(
        _ key: String,
        in range: ClosedRange<Int> = 0...Int.max
    ) -> Int? {
        optional(key, .integer(in: range))
    }

    /// The truth value under `key`, or `fallback`.
    public func flag(_ key: String, default fallback: Bool) -> Bool {
        value(key, .flag, default: fallback)
    }

    /// The length of time under `key`, or `fallback`.
    public func duration(
        _ key: String,
        in range: ClosedRange<Interval> = .zero...Interval(nanoseconds: .max),
        default fallback: Interval
    ) -> Interval {
        value(key, .duration(in: range), default: fallback)
    }

    /// The length of time under `key`, if there is one.
    public func optionalDuration(
        _ key: String,
        in range: ClosedRange<Interval> = .zero...Interval(nanoseconds: .max)
    ) -> Interval? {
        optional(key, .duration(in: range))
    }

    /// The number of bytes under `key`, or `fallback`.
    public func size(
        _ key: String,
        in range: ClosedRange<Int> = 0...Int.max,
        default fallback: Int
    ) -> Int {
        value(key, .size(in: range), default: fallback)
    }
}
