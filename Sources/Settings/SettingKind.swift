// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What a key wants, said in data: what a JSON Schema of the file is derived from.
public indirect enum SettingKind: Equatable, Sendable {
    /// Any value.
    case any
    /// A text; `pattern` names its form where it has one, such as `topic`.
    case text(pattern: String?)
    /// A whole number in a range.
    case integer(ClosedRange<Int>)
    /// A number in a range.
    case number(ClosedRange<Double>)
    /// `true` or `false`.
    case flag
    /// A length of time with its unit, in a range.
    case duration(ClosedRange<Interval>)
    /// A number of bytes with its unit, in a range.
    case size(ClosedRange<Int>)
    /// A part of a whole, as `10%` or `0.1`.
    case fraction
    /// One of a closed list.
    case choice([String])
    /// A secret, by reference.
    case secret
    /// A list of such values.
    case list(SettingKind)
    /// A mapping with keys of its own.
    case mapping
    /// A mapping whose keys are names the user chooses.
    case named
}

/// One key that a mapping knows, as the accessor that read it registered it.
public struct SettingKey: Equatable, Sendable {
    /// The key.
    public var name: String
    /// What it wants.
    public var kind: SettingKind
    /// True when the file is refused without it.
    public var isRequired: Bool
}
