// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Gateway
import Hummingbird
import Logging
import Spool
import Trace
import Vocabulary

/// What can be asked of a gateway and done to it, over the control socket and the network alike.
struct ControlRoutes {
    let gateway: Gateway
    let logger: Logger
    let stream: DecisionStream
    let cache: StatusCache
    let archive: ArchiveDesk

    init(gateway: Gateway, logger: Logger) {
        self.gateway = gateway
        self.logger = logger
        stream = DecisionStream(feed: gateway.decisions)
        cache = StatusCache(gateway: gateway)
        archive = ArchiveDesk(gateway: gateway)
    }

    /// What both servers do.
    private var shared: [Operation] {
        health + decisions + rows + policies + pauses + recordings + models + letters + quarantine
    }

    /// The control socket's operations; its status is worked out anew for each who asks, because what was
    /// done just before must show.
    var localBook: OperationBook {
        let gateway = gateway
        let status = live { ByteBuffer(bytes: try gateway.status.json()) }
        return OperationBook(operations: shared + [status])
    }

    /// The admin server's: without those that write files where the caller says.
    func networkBook(version: String, takesToken: Bool) -> OperationBook {
        let cache = cache
        var operations = shared.filter { !$0.isLocal } + [live { try await cache.status.bytes }]
        let document = Operation.get(
            "/v1/openapi.json",
            "This API, described for programs.",
            answer: .json("Document")
        ) { _ in Self.reply([]) }
        operations.append(document)
        let json = OpenAPIDocument(
            operations: operations,
            version: version,
            takesToken: takesToken
        ).json
        operations[operations.count - 1].handler = { _ in Self.reply(json) }
        return OperationBook(operations: operations)
    }

    private func live(_ status: @escaping @Sendable () async throws -> ByteBuffer) -> Operation {
        .get("/v1/status", "How the gateway is doing.", answer: .json("Status")) { _ in
            Self.reply(try await status())
        }
    }

    private var policies: [Operation] {
        let gateway = gateway
        return [
            .post(
                "/v1/reload",
                "Reads policies and models again; answers with what is wrong with them, if anything.",
                answer: .json("Reload")
            ) { _ in
                let (isTaken, diagnostics) = gateway.reload()
                var writer = JSONWriter()
                writer.beginObject()
                writer.member("taken", isTaken)
                writer.key("findings")
                writer.beginArray()
                for diagnostic in diagnostics { writer.value(diagnostic.rendered()) }
                writer.endArray()
                writer.endObject()
                return Self.reply(writer.bytes)
            },
            .post(
                "/v1/labels",
                "Takes a person's word on a decision.",
                [
                    .init("decision_id", .decision, "The decision.", isRequired: true),
                    .init(
                        "label",
                        .line(most: OperatorLabel.textLimit),
                        "What it should have been.",
                        isRequired: true
                    ),
                    .init("by", .line(most: OperatorLabel.textLimit), "Who says so."),
                ],
                answer: .json("Labelled")
            ) { call in
                do throws(OperatorLabel.Malformed) {
                    let label = try OperatorLabel(
                        decision: call.text("decision_id") ?? "",
                        label: call.text("label") ?? "",
                        by: call.text("by")
                    )
                    gateway.label(label)
                } catch {
                    throw HTTPError(.badRequest, message: error.message)
                }
                return Self.reply(Array("{\"labelled\":1}".utf8))
            },
        ]
    }

    static func reply(_ json: Data) -> Response { reply(Array(json)) }

    static func reply(_ json: [UInt8]) -> Response { reply(ByteBuffer(bytes: json)) }

    static func reply(_ json: ByteBuffer) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: json)
        )
    }
}
