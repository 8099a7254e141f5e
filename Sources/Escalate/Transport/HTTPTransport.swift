// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Vocabulary

/// Carries requests over HTTP, with the endpoint's credentials on them.
struct HTTPTransport: CloudTransport {
    let options: EndpointOptions
    let http: HTTPClient
    let time: any TimeSource

    func exchange(_ cloudRequest: CloudRequest) async throws(CallFailure) -> CloudReply {
        var (request, response) = try await send(cloudRequest)
        let isRefused = response.status == 401 || response.status == 403
        if isRefused, options.credential.renews(after: request, status: response.status) {
            try await cloudRequest.beforeRepeat?()
            (request, response) = try await send(cloudRequest)
        }
        let added = request.headers.dropFirst(cloudRequest.headers.count)
        return CloudReply(
            status: response.status,
            headers: response.headers,
            body: response.body,
            secrets: added.flatMap { [$0.value] + $0.value.split(separator: " ").map(String.init) }
        )
    }

    func probe(_ readiness: CloudReadiness) async throws(CallFailure) {
        var request = blank(method: "GET", url: readiness.url)
        request.maximumReplyBytes = 64 << 10
        if !readiness.isAnyAnswerEnough {
            do throws(CredentialError) {
                try await options.credential.authorize(&request, over: http, now: time.wallTime)
            } catch {
                throw CallFailure(error)
            }
        }
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await http.send(request)
        } catch {
            throw CallFailure(error)
        }
        guard !readiness.accepts(response.status) else { return }
        throw .unavailable("it answers with status \(response.status) to whether it is ready")
    }

    func stop() {}

    /// A request without credentials.
    func plain(_ cloudRequest: CloudRequest) -> HTTPRequest {
        var request = blank(method: "POST", url: cloudRequest.url)
        request.headers = cloudRequest.headers
        request.body = cloudRequest.body
        request.isSentOnce = cloudRequest.isSentOnce
        if let timeout = cloudRequest.timeout { request.timeout = timeout.seconds }
        if let limit = cloudRequest.maximumReplyBytes { request.maximumReplyBytes = limit }
        return request
    }

    private func send(
        _ cloudRequest: CloudRequest
    ) async throws(CallFailure) -> (HTTPRequest, HTTPResponse) {
        var request = plain(cloudRequest)
        do throws(CredentialError) {
            try await options.credential.authorize(&request, over: http, now: time.wallTime)
        } catch {
            throw CallFailure(error)
        }
        do {
            return (request, try await http.send(request))
        } catch {
            throw CallFailure(error)
        }
    }

    private func blank(method: String, url: String) -> HTTPRequest {
        HTTPRequest(
            method: method,
            url: url,
            timeout: options.timeout.seconds,
            connectTimeout: options.connectTimeout.seconds,
            maximumReplyBytes: options.maximumReplyBytes,
            tls: options.tls
        )
    }
}
