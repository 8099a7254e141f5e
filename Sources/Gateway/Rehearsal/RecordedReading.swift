// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Decide
public import Vocabulary

/// The value of a field, with a series in place.
public enum RecordedValue: Equatable, Sendable {
    /// The reading does not have the field.
    case absent
    /// A number.
    case number(Double)
    /// A text.
    case text(String)
    /// A truth value.
    case flag(Bool)
    /// A series of numbers.
    case samples([Double])
}

/// A reading that was decoded before, as a trace or a test case has it.
public struct RecordedReading: Sendable {
    /// The topic it came on.
    public var topic: String
    /// The device it is about.
    public var device: String
    /// The device's own time, where it sent one.
    public var time: WallTime?
    /// The device's own counter, where it sent one.
    public var sequence: Int64?
    /// Its fields by the names the policy has for them; others are passed over.
    public var fields: [(name: String, value: RecordedValue)]
    /// What is taken for granted about the world around it.
    public var facts: RehearsalFacts

    /// Makes a reading.
    public init(
        topic: String,
        device: String,
        time: WallTime? = nil,
        sequence: Int64? = nil,
        fields: [(name: String, value: RecordedValue)],
        facts: RehearsalFacts = RehearsalFacts()
    ) {
        self.topic = topic
        self.device = device
        self.time = time
        self.sequence = sequence
        self.fields = fields
        self.facts = facts
    }
}

/// What a policy makes of a recorded reading, without words and bodies.
public struct RehearsedRuling: Sendable {
    /// What the rules were told: the finding given, or the model's own; nil without either.
    public var finding: Finding?
    /// The rule that held.
    public var ruling: Ruling
    /// The actions whose conditions hold, where the local answer is acted on.
    ///
    /// Places in the policy's `actions`. What holds them back is not simulated.
    public var actions: [Int]
}
