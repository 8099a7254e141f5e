// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What an endpoint speaks, with what that protocol alone wants to know.
public enum CloudSpeech: Sendable {
    /// The Open Inference Protocol, version 2, over REST; tensors as JSON, or as bytes behind it.
    case openInference(isBinary: Bool)
    /// KServe's version 1: `:predict` with instances.
    case kserve(InstancesOptions)
    /// Chat completions as OpenAI has them, and the many servers that speak like it.
    case chat(ChatOptions)
    /// Amazon SageMaker, `InvokeEndpoint`.
    case sageMaker(BodyForm)
    /// Vertex AI, `predict`.
    case vertex(project: String, location: String, InstancesOptions)
    /// An online endpoint of Azure Machine Learning.
    case azureML(BodyForm)
    /// A request and its response over a broker (MQTT 5).
    case mqtt(MQTTAskOptions, BodyForm)
    /// A body of the user's own.
    case template(TemplateOptions)
}

/// The form of body a service leaves to its user.
public enum BodyForm: Sendable {
    /// `{"instances": …}` answered by `{"predictions": …}`.
    case instances(InstancesOptions)
    /// A line of values a reading.
    case csv(AnswerPlaces)
    /// A table with columns, as MLflow models take it on Azure.
    case table(AnswerPlaces)
    /// The tensors of the Open Inference Protocol, as JSON.
    case tensors
    /// A body of the user's own.
    case template(TemplateOptions)
}

/// How instances are written, and where the answer stands in a prediction.
public struct InstancesOptions: Sendable {
    /// How one reading is written.
    public var shape: InstanceShape
    /// Where the answer stands.
    public var places: AnswerPlaces
    /// A JSON object that goes with the instances as `parameters`; nil for none.
    public var parameters: [UInt8]?

    /// Makes a set of options.
    public init(
        shape: InstanceShape = .values,
        places: AnswerPlaces = AnswerPlaces(),
        parameters: [UInt8]? = nil
    ) {
        self.shape = shape
        self.places = places
        self.parameters = parameters
    }
}

/// A body of the user's own, and where the answer stands in the reply.
public struct TemplateOptions: Sendable {
    /// The body.
    public var body: QuestionTemplate
    /// Its media type.
    public var contentType: String
    /// Where the answer stands.
    public var places: AnswerPlaces

    /// Makes a set of options.
    public init(
        body: QuestionTemplate,
        contentType: String = "application/json",
        places: AnswerPlaces
    ) {
        self.body = body
        self.contentType = contentType
        self.places = places
    }
}

extension BodyForm {
    /// The form, made for an endpoint.
    func make(_ options: EndpointOptions) -> any CloudForm {
        let labels = AnswerLabels(names: options.labels)
        switch self {
        case .instances(let instances):
            return InstancesForm(
                shape: instances.shape,
                places: instances.places,
                labels: labels,
                parameters: instances.parameters
            )
        case .csv(let places): return CSVForm(places: places, labels: labels)
        case .table(let places): return TableForm(places: places, labels: labels)
        case .tensors:
            return TensorsForm(labels: labels, outputs: options.outputs, isBinary: false)
        case .template(let template):
            return TemplateForm(
                template: template.body,
                contentType: template.contentType,
                places: template.places,
                labels: labels
            )
        }
    }
}

extension EndpointOptions {
    /// The protocol, made for this endpoint.
    func makeProtocol() -> any CloudProtocol {
        switch speaks {
        case .openInference(let isBinary): CloudService.openInference(self, isBinary: isBinary)
        case .kserve(let instances): CloudService.kserve(self, instances)
        case .chat(let chat): CloudService.chat(self, chat)
        case .sageMaker(let body): CloudService.sageMaker(self, body)
        case .vertex(let project, let location, let instances):
            CloudService.vertex(self, project: project, location: location, instances)
        case .azureML(let body): CloudService.azureML(self, body)
        case .mqtt(let mqtt, let body): CloudService.mqtt(self, mqtt, body)
        case .template(let template): CloudService.template(self, template)
        }
    }

    /// How many questions one request can carry; more than this in `maximumBatch` has no use.
    public var maximumQuestions: Int { makeProtocol().maximumQuestions }

    /// The model as the configuration names it.
    var modelReference: ModelReference {
        ModelReference(name: model, version: modelVersion ?? "")
    }
}
