// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How much a survey keeps, however much there is to hear.
public struct SurveyLimits: Sendable {
    /// Topics that are kept apart.
    public var topics = 2_000
    /// Fields of one topic.
    public var fields = 48
    /// Fields of all topics together.
    public var allFields = 40_000
    /// The longest payload that is looked into, in bytes.
    public var payload = 256 << 10
    /// The longest topic that is kept, in bytes.
    public var topic = 512
    /// How deep objects are followed.
    public var depth = 4
    /// Texts of a field that are kept.
    public var examples = 8
    /// How much of a text is kept, in characters.
    public var text = 48

    /// Makes the limits that a few megabytes of memory are enough for.
    public init() {}
}
