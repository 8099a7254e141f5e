// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension CloudService {
    /// Amazon SageMaker, `InvokeEndpoint`; the model is the endpoint, its version the production variant.
    ///
    /// Source: botocore's service model `sagemaker-runtime` 2017-05-13.
    static func sageMaker(_ options: EndpointOptions, _ body: BodyForm) -> CloudService {
        let url = "\(base(options.url))/endpoints/\(escaped(options.model))/invocations"
        var headers: [(name: String, value: String)] = []
        if let variant = options.modelVersion {
            headers.append(("X-Amzn-SageMaker-Target-Variant", variant))
        }
        return CloudService(
            url: url,
            readiness: CloudReadiness(url: url, isAnyAnswerEnough: true),
            form: body.make(options),
            headers: headers + options.headers,
            keyHeader: "X-Amzn-SageMaker-Inference-Id",
            versionHeader: "x-amzn-invoked-production-variant",
            model: options.modelReference,
            table: sageMakerFailure
        )
    }

    /// What SageMaker's failures mean.
    ///
    /// | reply | meaning here |
    /// |---|---|
    /// | 424 `ModelError`, original status 4xx | the model will not have the question |
    /// | 424, original status 429, 502, 503, 504 | tried again |
    /// | 424, else | the model failed: the question is kept |
    /// | 400 `ThrottlingException`, 429 `ModelNotReadyException` | tried again, no sign of a broken endpoint |
    /// | 400 `ValidationError` | the endpoint is wrongly named or set up: the question is kept |
    /// | 500 `InternalFailure`, 530 `InternalDependencyException` | tried again |
    private static func sageMakerFailure(_ reply: CloudReply, _ now: WallTime) -> CallFailure? {
        var failure = CallFailure(reply, at: now)
        let type = (reply.header("x-amzn-errortype") ?? "").prefix { $0 != ":" }
        switch reply.status {
        case 424:
            let document = reply.body.count <= 64 << 10 ? try? ReplyJSON(parsing: reply.body) : nil
            return modelFailure(reply, original: document?["OriginalStatusCode"]?.integer)
        case 400 where type.hasPrefix("Throttling"):
            failure = .unavailable("throttles us", countsAs: .neither)
            failure.isRetryable = true
        case 400 where type.hasPrefix("Validation"):
            failure = .unavailable(
                "does not know this endpoint or variant: \(reply.complaint ?? "")"
            )
        case 500, 530:
            failure.isRetryable = true
        default: return nil
        }
        return failure
    }

    /// What follows from a model's own failure behind a service that works.
    static func modelFailure(_ reply: CloudReply, original: Int64?) -> CallFailure {
        let said = reply.complaint.map { ": \($0)" } ?? ""
        let status = original.map { " (\($0))" } ?? ""
        switch original ?? 500 {
        case 408, 425, 429, 502, 503, 504:
            var failure = CallFailure.unavailable("the model behind it is busy\(status)\(said)")
            failure.isRetryable = true
            return failure
        case 400..<500:
            return .badQuestion(
                "the model refused the question\(status)\(said)",
                isReply: true
            )
        default:
            return .unavailable("the model behind it failed\(status)\(said)")
        }
    }
}
