// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The cloud protocols spoken, and which keys of the configuration have a use with which.
enum CloudProtocolName: String, CaseIterable {
    case openInference = "open-inference"
    case kserve = "kserve-v1"
    case openAI = "openai"
    case azureOpenAI = "azure-openai"
    case sageMaker = "sagemaker"
    case vertex = "vertex-ai"
    case azureML = "azure-ml"
    case mqtt
    case template

    /// The keys of an endpoint that not every protocol has.
    static let serverKeys = [
        "tensors", "region", "project", "location", "api_version", "client_id", "response_topic",
        "alpn",
    ]
    /// The keys of a model that not every protocol has.
    static let modelKeys = [
        "version", "outputs", "answer", "instance", "parameters", "body", "template",
        "content_type", "instructions", "prompt", "picture", "constrain", "logprobs", "topic",
    ]

    /// Those of `serverKeys` that have a use here.
    var ownServerKeys: Set<String> {
        switch self {
        case .openInference: ["tensors"]
        case .kserve, .openAI, .azureML, .template: []
        case .azureOpenAI: ["api_version"]
        case .sageMaker: ["region"]
        case .vertex: ["project", "location"]
        case .mqtt: ["client_id", "response_topic", "alpn"]
        }
    }

    /// Those of `modelKeys` that have a use here.
    var ownModelKeys: Set<String> {
        let body: Set = [
            "version", "outputs", "answer", "instance", "parameters", "body", "template",
            "content_type",
        ]
        return switch self {
        case .openInference: ["version", "outputs"]
        case .kserve: ["version", "answer", "instance"]
        case .openAI, .azureOpenAI:
            ["instructions", "prompt", "picture", "constrain", "logprobs", "parameters"]
        case .sageMaker, .azureML: body
        case .vertex: ["answer", "instance", "parameters"]
        case .mqtt: body.union(["topic"])
        case .template: ["version", "answer", "template", "content_type"]
        }
    }

    /// True where the address may be worked out from the other keys.
    var knowsAddress: Bool { self == .sageMaker || self == .vertex }

    /// True where the address may carry a query.
    var takesQuery: Bool { self == .template || self == .azureML }

    /// The form of body where the model's `body` does not say.
    var ownBody: CloudBodyName { self == .azureML ? .table : .instances }
}

/// The forms of body a service leaves to its user, as the configuration calls them.
enum CloudBodyName: String, CaseIterable {
    case instances
    case table
    case csv
    case tensors
    case template

    /// The keys of a model that have a use with this form.
    var keys: Set<String> {
        switch self {
        case .instances: ["answer", "instance", "parameters"]
        case .table, .csv: ["answer"]
        case .tensors: ["outputs"]
        case .template: ["answer", "template", "content_type"]
        }
    }
}
