// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension CloudService {
    /// The Open Inference Protocol, version 2, over REST.
    static func openInference(_ options: EndpointOptions, isBinary: Bool) -> CloudService {
        var path = "\(base(options.url))/v2/models/\(escaped(options.model))"
        if let version = options.modelVersion { path += "/versions/\(escaped(version))" }
        return CloudService(
            url: path + "/infer",
            readiness: CloudReadiness(url: path + "/ready"),
            form: TensorsForm(
                labels: AnswerLabels(names: options.labels),
                outputs: options.outputs,
                isBinary: isBinary
            ),
            // Two gateways never ask each other in a circle: whoever serves counts those who asked.
            headers: [("Sluice-Hops", "1")] + options.headers,
            model: options.modelReference
        )
    }

    /// KServe's version 1 of the protocol, as TensorFlow Serving has it, too.
    static func kserve(_ options: EndpointOptions, _ instances: InstancesOptions) -> CloudService {
        var path = "\(base(options.url))/v1/models/\(escaped(options.model))"
        if let version = options.modelVersion { path += "/versions/\(escaped(version))" }
        return CloudService(
            url: path + ":predict",
            readiness: CloudReadiness(url: path),
            form: BodyForm.instances(instances).make(options),
            headers: options.headers,
            model: options.modelReference
        )
    }

    /// Anything that takes a body of the user's own at an address of the user's own.
    static func template(_ options: EndpointOptions, _ template: TemplateOptions) -> CloudService {
        CloudService(
            url: options.url,
            readiness: CloudReadiness(url: options.url, isAnyAnswerEnough: true),
            form: BodyForm.template(template).make(options),
            headers: options.headers,
            model: options.modelReference
        )
    }
}
