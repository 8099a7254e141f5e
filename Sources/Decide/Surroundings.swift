// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a policy may refer to: the models, endpoints and inputs of the gateway it is read for.
public struct Surroundings: Sendable {
    /// The models by name.
    public var models: [String: ModelShape]
    /// The names of the cloud endpoints.
    public var endpoints: Set<String>
    /// The filters of all inputs, as they are subscribed to.
    public var inputs: [String]

    /// Makes surroundings.
    public init(models: [String: ModelShape], endpoints: Set<String>, inputs: [String]) {
        self.models = models
        self.endpoints = endpoints
        self.inputs = inputs
    }
}

/// What a policy must know of a model to be checked against it.
public struct ModelShape: Sendable {
    /// What a model's findings are.
    public enum Kind: String, Sendable {
        /// A label with its confidence and the probabilities of all labels.
        case classifier
        /// A label with a score, and no confidence.
        case detector
        /// A number.
        case value
        /// Objects in an image.
        case detections
    }

    /// The labels it can give; empty where it has none, or nobody knows them.
    public var labels: [String]
    /// What its findings are.
    public var kind: Kind
    /// The reading fields its features are made of; nil where nobody knows them.
    public var fields: Set<String>?

    /// Makes a shape.
    public init(labels: [String], kind: Kind, fields: Set<String>? = nil) {
        self.labels = labels
        self.kind = kind
        self.fields = fields
    }
}
