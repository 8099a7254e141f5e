// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension CloudService {
    /// An online endpoint of Azure Machine Learning; `url` is its scoring address, the model's version a deployment.
    ///
    /// Sources: Microsoft, "Authenticate clients for online endpoints" and "Troubleshoot online endpoints".
    static func azureML(_ options: EndpointOptions, _ body: BodyForm) -> CloudService {
        var headers: [(name: String, value: String)] = []
        if let deployment = options.modelVersion {
            headers.append(("azureml-model-deployment", deployment))
        }
        return CloudService(
            url: options.url,
            readiness: CloudReadiness(url: options.url, isAnyAnswerEnough: true),
            form: body.make(options),
            headers: headers + options.headers,
            versionHeader: "azureml-model-deployment",
            model: options.modelReference,
            table: azureMLFailure
        )
    }

    /// What Azure Machine Learning's failures mean.
    ///
    /// | reply | meaning here |
    /// |---|---|
    /// | 424, the model's status 4xx | the model will not have the question |
    /// | 424, the model's status 429, 502, 503, 504 | tried again |
    /// | 424, else | the model failed: the question is kept |
    /// | 408 | the model took too long and would again: the question is kept |
    private static func azureMLFailure(_ reply: CloudReply, _ now: WallTime) -> CallFailure? {
        switch reply.status {
        case 424:
            let status = reply.header("ms-azureml-model-error-statuscode").flatMap { Int64($0) }
            return modelFailure(reply, original: status)
        case 408:
            return .unavailable("the model took longer than the deployment allows (408)")
        default: return nil
        }
    }
}
