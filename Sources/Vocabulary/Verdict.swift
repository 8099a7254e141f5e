// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The cloud's answer about one reading.
public struct Verdict: Sendable {
    /// The label it chose.
    public var label: String
    /// How sure it is, 0…1, where it says.
    public var confidence: Double?
    /// The endpoint that answered, by its name in the configuration.
    public var endpoint: String
    /// The model that answered.
    public var model: ModelReference
    /// From asking to the answer, retries included.
    public var latency: Interval

    /// Makes a verdict.
    public init(
        label: String,
        confidence: Double?,
        endpoint: String,
        model: ModelReference,
        latency: Interval
    ) {
        self.label = label
        self.confidence = confidence
        self.endpoint = endpoint
        self.model = model
        self.latency = latency
    }
}
