// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Gateway
import Hummingbird
import Logging
import Spool
import Trace
import Vocabulary

/// The control socket's routes.
struct ControlRoutes {
    let gateway: Gateway
    let logger: Logger
    let stream: DecisionStream

    init(gateway: Gateway, logger: Logger) {
        self.gateway = gateway
        self.logger = logger
        stream = DecisionStream(feed: gateway.decisions)
    }

    func add(to router: Router<BasicRequestContext>) {
        let (gateway, logger) = (gateway, logger)
        router.get("/v1/status") { _, _ in
            Self.reply(try gateway.status.json())
        }
        let stream = stream
        router.get("/v1/decisions/stream") { request, _ in
            try stream.answer(request)
        }
        router.get("/v1/spool/stats") { _, _ in
            Self.reply(try SpoolReport.stats(gateway.spool))
        }
        router.get("/v1/spool/rows") { request, _ in
            let query = request.uri.queryParameters
            return Self.reply(
                try SpoolReport.rows(
                    gateway.spool,
                    filter: try Self.filter(query),
                    after: query.get("after", as: Int64.self) ?? 0,
                    limit: min(query.get("limit", as: Int.self) ?? 100, 10_000)
                )
            )
        }
        router.post("/v1/spool/drain") { _, _ in
            logger.notice("drain asked for through the control socket")
            gateway.drainNow()
            return Self.reply(try SpoolReport.stats(gateway.spool))
        }
        router.post("/v1/spool/purge") { request, _ in
            let filter = try Self.filter(request.uri.queryParameters)
            let count = try gateway.spool.purge(filter)
            logger.notice(
                "rows purged through the control socket",
                metadata: ["rows": "\(count)"]
            )
            return Self.reply(Array("{\"purged\":\(count)}".utf8))
        }
        router.post("/v1/labels") { request, _ in
            try await Self.label(request, gateway)
            return Self.reply(Array("{\"labelled\":1}".utf8))
        }
        router.post("/v1/reload") { _, _ in
            logger.notice("reload asked for through the control socket")
            var writer = JSONWriter()
            writer.beginArray()
            for diagnostic in gateway.reload() { writer.value(diagnostic.rendered()) }
            writer.endArray()
            return Self.reply(writer.bytes)
        }
        addRecording(to: router)
        addModels(to: router)
        addLetters(to: router)
    }

    /// What records the traffic; see `RecordingRequest`.
    private func addRecording(to router: Router<BasicRequestContext>) {
        let (gateway, logger) = (gateway, logger)
        router.get("/v1/record") { _, _ in
            Self.reply(try JSONEncoder().encode(gateway.recordings))
        }
        router.post("/v1/record/start") { request, _ in
            let recording = try Self.recording(request.uri.queryParameters)
            logger.notice("a recording asked for through the control socket")
            let status: RecordingStatus
            do throws(RecordingRefusal) {
                status = try gateway.startRecording(recording)
            } catch {
                throw HTTPError(.conflict, message: error.message)
            }
            return Self.reply(try JSONEncoder().encode([status]))
        }
        router.post("/v1/record/stop") { request, _ in
            logger.notice("an end of recording asked for through the control socket")
            let path = request.uri.queryParameters["path"].map(String.init)
            return Self.reply(try JSONEncoder().encode(gateway.stopRecording(path: path)))
        }
    }

    private static func recording(_ query: Parameters) throws -> RecordingRequest {
        guard let path = query["path"].map(String.init), path.hasPrefix("/") else {
            throw HTTPError(.badRequest, message: "`path` is an absolute path")
        }
        var request = RecordingRequest(path: path)
        if let text = query["scope"] {
            guard let scope = TraceScope(rawValue: String(text)) else {
                throw HTTPError(.badRequest, message: "`scope` is `local` or `outbound`")
            }
            request.scope = scope
        }
        request.maximumSize = query.get("max_size", as: Int.self) ?? request.maximumSize
        request.sample = query.get("sample", as: Double.self) ?? request.sample
        request.duration = query.get("seconds", as: Double.self).map {
            .milliseconds(Int64(($0 * 1_000).rounded()))
        }
        guard RecordingRequest.sizes.contains(request.maximumSize),
            request.sample > 0, request.sample <= 1, request.duration ?? .zero >= .zero
        else {
            throw HTTPError(
                .badRequest,
                message: "`max_size`, `sample` or `seconds` is out of range"
            )
        }
        return request
    }

    private static func reply(_ json: Data) -> Response { reply(Array(json)) }

    /// Takes a label: JSON as operators publish it, or the same members in the query.
    private static func label(_ request: Request, _ gateway: Gateway) async throws {
        let query = request.uri.queryParameters
        let body = try await request.body.collect(upTo: OperatorLabel.sizeLimit)
        do throws(OperatorLabel.Malformed) {
            let label =
                body.readableBytes > 0
                ? try OperatorLabel(parsing: Array(body.readableBytesView))
                : try OperatorLabel(
                    decision: query["decision_id"].map(String.init) ?? "",
                    label: query["label"].map(String.init) ?? "",
                    by: query["by"].map(String.init)
                )
            gateway.label(label)
        } catch {
            throw HTTPError(.badRequest, message: error.message)
        }
    }

    static func reply(_ json: [UInt8]) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json))
        )
    }

    private static func filter(_ query: Parameters) throws -> SpoolFilter {
        do throws(SpoolFilterError) {
            return try SpoolFilter(
                kind: query["kind"].map(String.init),
                priority: query["priority"].map(String.init),
                policy: query["policy"].map(String.init),
                device: query["device"].map(String.init),
                olderThanSeconds: query.get("older_than", as: Double.self),
                isParked: query["parked"].map { $0 == "true" }
            )
        } catch {
            throw HTTPError(.badRequest, message: error.message)
        }
    }
}
