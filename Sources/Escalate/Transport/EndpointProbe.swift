// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
public import Vocabulary

/// One look at an endpoint, as the breaker's probes take it, with what they do not tell.
public struct EndpointProbe: Sendable {
    /// True when it can be reached and, where it can tell, is ready.
    public var isReady: Bool
    /// The status of its answer; nil where none came, or where it is a broker.
    public var status: Int?
    /// How long the answer took.
    public var latency: Interval
    /// The server's clock as its answer tells it (RFC 9110 section 6.6.1), as text.
    public var serverDate: String?
    /// Why it is not ready.
    public var failure: String?

    /// Makes a look's result.
    public init(
        isReady: Bool,
        status: Int? = nil,
        latency: Interval = .zero,
        serverDate: String? = nil,
        failure: String? = nil
    ) {
        self.isReady = isReady
        self.status = status
        self.latency = latency
        self.serverDate = serverDate
        self.failure = failure
    }

    /// Looks once at the endpoint of `options`, within its time-out.
    ///
    /// Costs nothing of its budget: what protocols have no free question for is only reached.
    public static func look(
        at options: EndpointOptions,
        time: any TimeSource
    ) async -> EndpointProbe {
        do throws(HTTPError) {
            let http = try HTTPClient()
            defer { http.shutdown() }
            return await look(at: options, over: http, time: time)
        } catch {
            return EndpointProbe(isReady: false, failure: error.description)
        }
    }

    private static func look(
        at options: EndpointOptions,
        over http: HTTPClient,
        time: any TimeSource
    ) async -> EndpointProbe {
        let started = time.now
        if case .mqtt = options.speaks {
            let transport = options.makeTransport(http: http, time: time)
            defer { transport.stop() }
            let readiness = options.makeProtocol().readiness
            var failure = "its broker did not grant the response topic in time"
            while time.now - started < options.timeout + .seconds(1) {
                do throws(CallFailure) {
                    try await transport.probe(readiness)
                    return EndpointProbe(isReady: true, latency: time.now - started)
                } catch {
                    failure = error.message
                }
                try? await Task.sleep(for: .milliseconds(20))
            }
            return EndpointProbe(
                isReady: false,
                latency: time.now - started,
                failure: failure
            )
        }
        let readiness = options.makeProtocol().readiness
        var request = HTTPRequest(
            url: readiness.url,
            timeout: options.timeout.seconds,
            connectTimeout: options.connectTimeout.seconds,
            maximumReplyBytes: 64 << 10,
            tls: options.tls
        )
        if !readiness.isAnyAnswerEnough {
            do throws(CredentialError) {
                try await options.credential.authorize(
                    &request,
                    over: http,
                    now: time.wallTime
                )
            } catch {
                return EndpointProbe(isReady: false, failure: error.message)
            }
        }
        do throws(HTTPError) {
            let response = try await http.send(request)
            let isReady = readiness.accepts(response.status)
            return EndpointProbe(
                isReady: isReady,
                status: response.status,
                latency: Interval(nanoseconds: Int64(response.totalTime * 1e9)),
                serverDate: response.header("date"),
                failure: isReady ? nil : "it answers with status \(response.status)"
            )
        } catch {
            return EndpointProbe(
                isReady: false,
                latency: time.now - started,
                failure: error.description
            )
        }
    }
}
