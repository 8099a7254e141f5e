// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What somebody who knows better said about a recorded decision.
public struct TraceVerdict: Sendable {
    /// Who said it.
    public enum Source: String, CaseIterable, Sendable {
        /// The cloud, asked because the policy wanted its word.
        case cloud
        /// The cloud, asked by chance about a reading that was kept local.
        case audit
        /// A person.
        case `operator`
    }

    /// The decision it is about.
    public var id: DecisionID
    /// The label.
    public var label: String
    /// How sure it is, 0…1, where it says.
    public var confidence: Double?
    /// The probability of each label, where the cloud gives them; empty otherwise.
    public var probabilities: [Double]
    /// The endpoint that answered, by its name in the configuration; nil for a person.
    public var endpoint: String?
    /// The model that answered; nil for a person.
    public var model: ModelReference?
    /// From asking to the answer; nil for a person.
    public var latency: Interval?
    /// Who said it.
    public var source: Source
    /// True when it came after the deadline, or was asked for without one.
    public var isLate: Bool
    /// When it came, where that was recorded.
    public var time: WallTime?

    /// Makes a verdict.
    public init(
        id: DecisionID,
        label: String,
        confidence: Double? = nil,
        probabilities: [Double] = [],
        endpoint: String? = nil,
        model: ModelReference? = nil,
        latency: Interval? = nil,
        source: Source = .cloud,
        isLate: Bool = false,
        time: WallTime? = nil
    ) {
        self.id = id
        self.label = label
        self.confidence = confidence
        self.probabilities = probabilities
        self.endpoint = endpoint
        self.model = model
        self.latency = latency
        self.source = source
        self.isLate = isLate
        self.time = time
    }
}
