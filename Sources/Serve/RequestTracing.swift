// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
public import Telemetry
import Vocabulary

/// Which requests to models have a span, and where it goes.
public struct ServeTracing: Sendable {
    /// Chooses them; whoever began a trace has chosen already.
    public var sampler: SpanSampler
    /// Takes the spans.
    public var queue: SpanQueue

    /// Makes a choice.
    public init(sampler: SpanSampler, queue: SpanQueue = SpanQueue()) {
        self.sampler = sampler
        self.queue = queue
    }
}

/// Makes one span of each request to a model that is traced, below the caller's (W3C Trace Context, the
/// header field `traceparent`): its model and what became of it, nothing of what was asked or answered.
struct RequestTracing: RouterMiddleware {
    typealias Context = BasicRequestContext

    private static let field = HTTPFields.Element.Name("traceparent")

    let tracing: ServeTracing
    let models: Set<String>
    let time: any TimeSource

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let path = context.endpointPath, path.hasSuffix("/infer"),
            let (trace, parent) = trace(of: request)
        else { return try await next(request, context) }
        var span = Span(
            "infer",
            context: trace,
            parent: parent,
            kind: .server,
            start: time.wallTime,
            end: time.wallTime,
            attributes: [("http.request.method", .text("POST")), ("http.route", .text(path))]
        )
        // What a caller calls a model that there is not may be anything.
        if let model = context.parameters.get("name"), models.contains(model) {
            span.attributes.append(("sluice.model", .text(model)))
        }
        func end(_ status: Int) {
            span.end = time.wallTime
            span.attributes.append(("http.response.status_code", .whole(Int64(status))))
            if status >= 500 { span.failure = "\(status)" }
            tracing.queue.append([span])
        }
        do {
            let response = try await next(request, context)
            end(response.status.code)
            return response
        } catch {
            end(
                (error as? ServeError)?.code ?? (error as? any HTTPResponseError)?.status.code
                    ?? 500
            )
            throw error
        }
    }

    private func trace(of request: Request) -> (TraceContext, parent: UInt64?)? {
        let former = Self.field.flatMap { request.headers[$0] }
            .flatMap { TraceContext(traceparent: $0) }
        guard former?.isSampled ?? (tracing.sampler.distance() == 0),
            tracing.sampler.admits(at: time.now)
        else { return nil }
        var trace = former ?? .fresh()
        trace.span = UInt64.random(in: 1 ... .max)
        return (trace, former?.span)
    }
}
