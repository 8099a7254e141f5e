// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Synchronization
import Vocabulary

// Webhooks: one POST for each effect, in order for each device and address.
extension Act {
    /// Calls now, later, or refuses.
    func call(_ webhook: Webhook, _ effect: Effect) {
        let verdict = state.withLock { state in
            state.isStopping ? .full : state.calls.add(effect, line: Self.line(webhook, effect))
        }
        switch verdict {
        case .start: start(webhook, effect)
        case .wait: break
        case .full:
            settle(
                effect.key,
                .undelivered(reason: "too many webhook calls wait, or the gateway is stopping")
            )
        }
    }

    private static func line(_ webhook: Webhook, _ effect: Effect) -> CallQueue.Line {
        CallQueue.Line(url: webhook.url, device: effect.device)
    }

    private func start(_ webhook: Webhook, _ effect: Effect) {
        Task {
            let outcome = await post(webhook, effect)
            settle(effect.key, outcome)
            let next = state.withLock { $0.calls.finish(Self.line(webhook, effect)) }
            for effect in next {
                guard case .webhook(let webhook) = effect.target else { continue }
                start(webhook, effect)
            }
        }
    }

    private func post(_ webhook: Webhook, _ effect: Effect) async -> DeliveryOutcome {
        // It may have waited for others.
        guard !isTooOld(effect) else { return .dropped(.tooOld) }
        var headers = [
            (name: "Content-Type", value: effect.contentType),
            (name: "Idempotency-Key", value: effect.key.description),
        ]
        headers += webhook.headers.map { (name: $0.name, value: $0.value) }
        if let trace = effect.traceparent { headers.append((name: "traceparent", value: trace)) }
        if let credential = webhook.credential {
            guard let token = options.credential(credential) else {
                return .undelivered(reason: "the webhook's token cannot be read")
            }
            headers.append((name: "Authorization", value: "Bearer \(token)"))
        }
        let request = HTTPRequest(
            method: "POST",
            url: webhook.url,
            headers: headers,
            body: effect.body,
            timeout: webhook.timeout.seconds,
            connectTimeout: min(webhook.timeout.seconds, 5),
            maximumReplyBytes: 64 << 10,
            tls: options.tls
        )
        do throws(HTTPError) {
            return Self.outcome(try await http.send(request).status)
        } catch {
            return Self.outcome(error)
        }
    }

    /// What a status means for the effect (RFC 9110 section 15).
    ///
    /// 409 says, to a request with an idempotency key, that the first of them is still being worked on.
    static func outcome(_ status: Int) -> DeliveryOutcome {
        switch status {
        case 200..<300: .delivered
        case 408, 409, 425, 429, 500...: .undelivered(reason: "the server answered \(status)")
        case 300..<400:
            .rejected(reason: "the server answered \(status); redirects are not followed")
        default: .rejected(reason: "the server answered \(status)")
        }
    }

    /// What a failed call means for the effect.
    static func outcome(_ error: HTTPError) -> DeliveryOutcome {
        switch error.code {
        // The same request would meet the same end.
        case .tooLarge, .protocolNotAllowed, .invalidRequest: .rejected(reason: error.description)
        default: .undelivered(reason: error.description)
        }
    }
}
