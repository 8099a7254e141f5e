// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Infer
import Settings
import Vocabulary

extension GatewayConfiguration.CloudModel {
    /// What fills a tensor: a list of features, or `image: { field: … }`.
    private static func source(_ tensor: SettingsNode) -> OutboundSource {
        guard tensor.isMapping else {
            return .features(tensor.read(.list(of: .string)) ?? [])
        }
        let frame = tensor.mapping("image")
        // One that is not in order was reported.
        return OutboundFrame(frame).map { .frame($0) } ?? .features([])
    }

    init(_ node: SettingsNode, server: CloudServer, options shared: EndpointOptions) {
        options = shared
        options.model = node.required("model", .name) ?? ""
        options.modelVersion = node.optional("version", .name)
        options.labels = node.optional("labels", .list(of: .string))
        let outputs = node.optionalMapping("outputs")
        options.outputs = OutputNames(
            label: outputs?.optionalString("label"),
            probabilities: outputs?.optionalString("probabilities")
        )
        inputs = node.named("inputs", isRequired: true).map { tensor in
            GatewayConfiguration.Tensor(
                name: tensor.name,
                source: Self.source(tensor),
                place: tensor.place
            )
        }
        if inputs.isEmpty, let node = node.node("inputs"), node.isMapping {
            node.problem("a model without inputs cannot be asked", hint: "name at least one tensor")
        }
        place = node.place
        let reading = CloudModelReading(
            node,
            server: server,
            inputs: inputs,
            labels: options.labels
        )
        if let speech = reading.speech { options.speaks = speech }
    }
}

/// What a model's protocol wants to know, read from its keys; every key is read, whatever the protocol.
private struct CloudModelReading {
    let node: SettingsNode
    let server: CloudServer
    let inputs: [GatewayConfiguration.Tensor]
    private let places: AnswerPlaces
    private let shape: InstanceShape
    private let body: CloudBodyName
    private let template: QuestionTemplate?
    private let contentType: String
    private let instructions: String?
    private let prompt: QuestionTemplate?
    private let picture: PictureTensor?
    private let isConstrained: Bool
    private let asksLogprobs: Bool
    private let topic: String?

    init(
        _ node: SettingsNode,
        server: CloudServer,
        inputs: [GatewayConfiguration.Tensor],
        labels: [String]?
    ) {
        self.node = node
        self.server = server
        self.inputs = inputs
        places = AnswerPlaces(reading: node.optionalMapping("answer"), labels: labels)
        shape = node.value("instance", .choice(InstanceShape.self), default: .values)
        body = node.value("body", .choice(CloudBodyName.self), default: server.name.ownBody)
        let names = inputs.map(\.name)
        template = node.template("template", names: names)
        contentType = node.string("content_type", default: "application/json")
        instructions = node.optional("instructions", .string)
        prompt = node.template("prompt", names: names)
        picture = PictureTensor(reading: node.optionalMapping("picture"), names: names)
        isConstrained = node.flag("constrain", default: labels != nil)
        asksLogprobs = node.flag("logprobs", default: true)
        topic = node.optional("topic", .publishTopic)
        _ = node.node("parameters")
        node.refuse(CloudProtocolName.modelKeys, but: server.name.ownModelKeys, of: server.name)
        checkBody()
        if isConstrained, labels == nil {
            node.node("constrain")?.problem(
                "an answer can only be held to labels that are known",
                hint: "add `labels: […]`"
            )
        }
    }

    /// Reports keys that have no use with the form of body.
    private func checkBody() {
        guard server.name.ownModelKeys.contains("body") else { return }
        let keys = ["answer", "instance", "parameters", "outputs", "template", "content_type"]
        for key in keys where node.has(key) && !body.keys.contains(key) {
            node.node(key)?.problemWithKey("`\(key)` has no use with `body: \(body.rawValue)`")
        }
    }

    /// The protocol; nil when something it needs is missing, which is reported.
    var speech: CloudSpeech? {
        switch server.name {
        case .openInference: return .openInference(isBinary: server.isBinary)
        case .kserve: return .kserve(instances)
        case .openAI, .azureOpenAI: return chat.map { .chat($0) }
        case .sageMaker: return form.map { .sageMaker($0) }
        case .vertex:
            return .vertex(project: server.project, location: server.location, instances)
        case .azureML: return form.map { .azureML($0) }
        case .mqtt: return mqtt
        case .template: return templated.map { .template($0) }
        }
    }

    private var instances: InstancesOptions {
        InstancesOptions(shape: shape, places: places, parameters: parametersObject)
    }

    private var form: BodyForm? {
        switch body {
        case .instances: .instances(instances)
        case .table: .table(places)
        case .csv: .csv(places)
        case .tensors: .tensors
        case .template: templated.map { .template($0) }
        }
    }

    private var templated: TemplateOptions? {
        guard let template else {
            if !node.has("template") {
                node.problemWithKey("`template` is missing in `\(node.name)`: the body to be sent")
            }
            return nil
        }
        if !places.tellLabel {
            node.problemWithKey(
                "nothing tells where the label stands in the reply",
                hint: "add `answer: { label: /… }`, a JSON pointer"
            )
        }
        return TemplateOptions(body: template, contentType: contentType, places: places)
    }

    private var chat: ChatOptions? {
        guard let prompt else {
            if !node.has("prompt") {
                node.problemWithKey(
                    "`prompt` is missing in `\(node.name)`: what the model is asked",
                    hint: "such as `prompt: \"The values are {{\(inputs.first?.name ?? "x")}}.\"`"
                )
            }
            return nil
        }
        return ChatOptions(
            instructions: instructions,
            prompt: prompt,
            picture: picture,
            isConstrained: isConstrained,
            asksLogprobs: asksLogprobs,
            parameters: parameters,
            azureVersion: server.name == .azureOpenAI ? server.apiVersion : nil
        )
    }

    private var mqtt: CloudSpeech? {
        guard let broker = server.broker, let form else { return nil }
        guard let topic else {
            if !node.has("topic") {
                node.problemWithKey("`topic` is missing in `\(node.name)`: where requests go")
            }
            return nil
        }
        let options = MQTTAskOptions(
            host: broker.host,
            port: UInt16(clamping: broker.port),
            usesTLS: broker.usesTLS,
            alpn: server.alpn,
            clientID: "\(server.clientID)-\(node.name)",
            topic: topic,
            responseTopic: "\(server.responseTopic)/\(node.name)",
            username: server.authorization.username,
            password: server.authorization.password
        )
        return .mqtt(options, form)
    }

    /// `parameters` by name, each as JSON.
    private var parameters: [(name: String, json: [UInt8])] {
        node.named("parameters").map { member in
            var writer = JSONWriter()
            member.writeJSON(to: &writer)
            return (member.name, writer.bytes)
        }
    }

    private var parametersObject: [UInt8]? {
        guard let value = node.node("parameters"), value.expectMapping() else { return nil }
        var writer = JSONWriter()
        value.writeJSON(to: &writer)
        return writer.bytes
    }
}
