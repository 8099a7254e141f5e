// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What a policy may refer to: the models, endpoints and inputs of the gateway it is read for.
public struct Surroundings: Sendable {
    /// The models by name.
    public var models: [String: ModelShape]
    /// The names of the cloud endpoints.
    public var endpoints: Set<String>
    /// The cloud's models by endpoint and the policy that asks: `name/version`, or `name` where the
    /// server chooses the version.
    public var cloudModels: [String: [String: String]]
    /// The filters of all inputs, as they are subscribed to.
    public var inputs: [String]
    /// The user's own stores by name.
    public var sinks: [String: SinkShape]

    /// Makes surroundings.
    public init(
        models: [String: ModelShape],
        endpoints: Set<String>,
        cloudModels: [String: [String: String]] = [:],
        inputs: [String],
        sinks: [String: SinkShape] = [:]
    ) {
        self.models = models
        self.endpoints = endpoints
        self.cloudModels = cloudModels
        self.inputs = inputs
        self.sinks = sinks
    }
}

/// What a policy must know of a sink to be checked against it.
public struct SinkShape: Sendable {
    /// True when its topic names the device.
    public var namesDevice: Bool

    /// Makes a shape.
    public init(namesDevice: Bool = false) {
        self.namesDevice = namesDevice
    }
}

/// What a policy must know of a model to be checked against it.
public struct ModelShape: Sendable {
    /// What a model's findings are.
    public enum Kind: String, Sendable {
        /// A label with its confidence and the probabilities of all labels.
        case classifier
        /// A label with a score; a confidence where one was fitted on labels.
        case detector
        /// A number.
        case value
        /// Objects in an image.
        case detections
        /// Nobody has looked at the model: it may give any of these.
        case unknown
    }

    /// The labels it can give; empty where it has none, or nobody knows them.
    public var labels: [String]
    /// What its findings are.
    public var kind: Kind
    /// Whether its findings have a confidence: a detector's have one with a calibration.
    public var givesConfidence: Bool
    /// The reading fields its features are made of; nil where nobody knows them.
    public var fields: Set<String>?
    /// The first 12 hexadecimal digits of the SHA-256 of its file; nil where nobody knows them.
    public var digest: String?
    /// How long one reading should take at most; nil where it does not say.
    public var budget: Interval?

    /// A model of which nothing but its name is known: no condition is wrong for what it gives.
    public static let unknown = ModelShape(labels: [], kind: .unknown)

    /// Makes a shape; a classifier gives a confidence, an unknown model may, and nothing else does
    /// unless it is said.
    public init(
        labels: [String],
        kind: Kind,
        givesConfidence: Bool? = nil,
        fields: Set<String>? = nil,
        digest: String? = nil,
        budget: Interval? = nil
    ) {
        self.labels = labels
        self.kind = kind
        self.givesConfidence = givesConfidence ?? (kind == .classifier || kind == .unknown)
        self.fields = fields
        self.digest = digest
        self.budget = budget
    }
}
