// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension CloudService {
    /// Chat completions: of OpenAI and servers like it under `/chat/completions`, of Azure under a deployment.
    static func chat(_ options: EndpointOptions, _ chat: ChatOptions) -> CloudService {
        let base = base(options.url)
        var url = base + "/chat/completions"
        var readiness = CloudReadiness(url: base + "/models", mayBeMissing: true)
        if let version = chat.azureVersion {
            url =
                "\(base)/openai/deployments/\(escaped(options.model))/chat/completions"
                + "?api-version=\(escaped(version))"
            readiness = CloudReadiness(url: url, isAnyAnswerEnough: true)
        }
        return CloudService(
            url: url,
            readiness: readiness,
            form: ChatForm(
                options: chat,
                labels: AnswerLabels(names: options.labels),
                model: chat.azureVersion == nil ? options.model : nil
            ),
            headers: options.headers,
            model: options.modelReference,
            table: chatFailure
        )
    }

    /// What failures of chat completions mean, by status and `error.code`.
    ///
    /// | reply | meaning here |
    /// |---|---|
    /// | 429 `insufficient_quota` | nothing is left to spend: the question is kept, and not asked again soon |
    /// | 429, else | tried again, no sign of a broken endpoint |
    /// | 400 `unsupported_parameter`, `unsupported_value`, `unknown_parameter`, `model_not_found` | wrongly set up |
    /// | 500, 529 | tried again |
    private static func chatFailure(_ reply: CloudReply, _ now: WallTime) -> CallFailure? {
        let document = reply.body.count <= 64 << 10 ? try? ReplyJSON(parsing: reply.body) : nil
        let code = document?["error"]?["code"]?.text ?? document?["error"]?["type"]?.text ?? ""
        var failure = CallFailure(reply, at: now)
        switch reply.status {
        case 429 where code == "insufficient_quota": failure.isRetryable = false
        case 400
        where code.hasPrefix("unsupported_") || code == "unknown_parameter"
            || code == "model_not_found":
            failure = .unavailable("will not be asked like this: \(reply.complaint ?? code)")
        case 500, 529: failure.isRetryable = true
        default: return nil
        }
        return failure
    }
}
