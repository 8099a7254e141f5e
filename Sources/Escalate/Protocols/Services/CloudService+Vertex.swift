// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension CloudService {
    /// Vertex AI, `projects.locations.endpoints.predict`; the model is the endpoint.
    ///
    /// Source: googleapis, google/cloud/aiplatform/v1/prediction_service.proto.
    static func vertex(
        _ options: EndpointOptions,
        project: String,
        location: String,
        _ instances: InstancesOptions
    ) -> CloudService {
        let endpoint =
            "\(base(options.url))/v1/projects/\(escaped(project))/locations/\(escaped(location))"
            + "/endpoints/\(escaped(options.model))"
        return CloudService(
            url: endpoint + ":predict",
            readiness: CloudReadiness(url: endpoint + ":predict", isAnyAnswerEnough: true),
            form: BodyForm.instances(instances).make(options),
            headers: options.headers,
            model: options.modelReference,
            table: vertexFailure
        )
    }

    /// What Google's failures mean, by `error.status` (google.rpc.Code).
    ///
    /// | reply | meaning here |
    /// |---|---|
    /// | 400 `FAILED_PRECONDITION` | no model is deployed: the endpoint is wrongly set up, the question is kept |
    /// | 429 `RESOURCE_EXHAUSTED` | tried again, no sign of a broken endpoint |
    /// | 500 `INTERNAL` | tried again |
    private static func vertexFailure(_ reply: CloudReply, _ now: WallTime) -> CallFailure? {
        let document = reply.body.count <= 64 << 10 ? try? ReplyJSON(parsing: reply.body) : nil
        let status = document?["error"]?["status"]?.text
        if reply.status == 400, status == "FAILED_PRECONDITION" {
            return .unavailable("serves no model at this endpoint: \(reply.complaint ?? "")")
        }
        guard reply.status == 500 else { return nil }
        var failure = CallFailure(reply, at: now)
        failure.isRetryable = true
        return failure
    }
}
