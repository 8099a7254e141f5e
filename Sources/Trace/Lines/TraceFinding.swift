// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A finding as it was recorded: what the model said, and which model exactly it was.
public struct TraceFinding: Sendable {
    /// What the model said; its confidence is the calibrated one, as conditions saw it.
    public var finding: Finding
    /// The first 12 hexadecimal digits of the model file's SHA-256; nil where it has no file.
    public var digest: String?
    /// The model's labels in the order of the probabilities, or a detector's two; empty otherwise.
    public var labels: [String]

    /// Makes a recorded finding.
    public init(finding: Finding, digest: String?, labels: [String] = []) {
        self.finding = finding
        self.digest = digest
        self.labels = labels
    }
}

/// The value of one recorded field.
public enum TraceValue: Equatable, Sendable {
    /// The reading did not carry the field.
    case absent
    /// A number.
    case number(Double)
    /// A text.
    case text(String)
    /// A truth value.
    case flag(Bool)
    /// A series of numbers, in the order of the payload.
    case samples([Double])
}

/// One recorded field of a reading.
public struct TraceField: Equatable, Sendable {
    /// Its name in the policy.
    public var name: String
    /// Its value, as the model's features and the conditions saw it.
    public var value: TraceValue

    /// Makes a field.
    public init(name: String, value: TraceValue) {
        self.name = name
        self.value = value
    }
}
