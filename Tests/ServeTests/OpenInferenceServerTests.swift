// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Dispatch
import FoundationEssentials
import Glibc
import Infer
import Logging
import ServiceLifecycle
import Telemetry
import Testing
import Vocabulary

@testable import Serve

/// The server with a real model and real sockets; `SLUICE_ONNXRUNTIME` names libonnxruntime.so.
@Suite(
    // One at a time: each blocks a thread of the pool that the server's own work needs.
    .serialized,
    .enabled(
        if: ProcessInfo.processInfo.environment["SLUICE_ONNXRUNTIME"] != nil,
        "SLUICE_ONNXRUNTIME names no libonnxruntime.so"
    )
)
struct OpenInferenceServerTests {
    private struct Still: TimeSource {
        var now: MonotonicInstant { MonotonicInstant(nanoseconds: 1) }
        var wallTime: WallTime { WallTime(nanoseconds: 0) }
    }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Serves one classifier, `m`, and one detector, `beat`, while `body` runs.
    func serving(
        _ options: ServeOptions = ServeOptions(port: 0),
        _ body: @escaping @Sendable (Client) throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "sluice-serve-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let engine = try Self.engine(in: folder)
        let (ports, found) = AsyncStream.makeStream(of: Int.self)
        let server = OpenInferenceServer(
            engine: engine,
            options: options,
            time: Still(),
            logger: Self.quiet
        ) { found.yield($0) }
        let group = ServiceGroup(services: [server], logger: Self.quiet)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            try await Self.offThePool { try body(Client(port: port)) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    /// The client blocks, and the pool's few threads are the server's.
    private static func offThePool(
        _ body: @escaping @Sendable () throws -> Void
    ) async throws {
        try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
            DispatchQueue.global().async { done.resume(with: Result { try body() }) }
        }
    }

    private static func engine(in folder: URL) throws -> CoreEngine {
        let models = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "InferTests/Models")
        let bytes = try Data(contentsOf: models.appending(path: "classifier.onnx"))
        let digest = SHA256.hash(data: bytes).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        try write(
            """
            kind: onnx
            file: { name: model.onnx, sha256: \(digest) }
            inputs: { X: [a, b, c, d] }
            labels: [healthy, worn, fault]
            max_batch: 4
            """,
            to: folder.appending(path: "m/2")
        )
        try bytes.write(to: folder.appending(path: "m/2/model.onnx"))
        try write(
            "kind: detector\ndetector: { type: robust-z, feature: rate }",
            to: folder.appending(path: "beat/1")
        )
        let (engine, diagnostics) = CoreEngine.load(
            repository: folder.path,
            shownAs: "models",
            runtimeLibrary: ProcessInfo.processInfo.environment["SLUICE_ONNXRUNTIME"],
            versions: .all,
            logger: quiet
        )
        #expect(diagnostics == [])
        return try #require(engine)
    }

    private static func write(_ yaml: String, to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(yaml.utf8).write(to: folder.appending(path: "model.yaml"))
    }

    static func question(
        _ rows: Int,
        datatype: String = "FP32",
        more: String = ""
    ) -> String {
        let row = "-6.425347328186035, 3.377488851547241, -1.3808321952819824, 6.624973773956299"
        let data = Array(repeating: "[\(row)]", count: rows).joined(separator: ",")
        return #"""
            {"id": "q1", "inputs": [{"name": "X", "shape": [\#(rows), 4],
             "datatype": "\#(datatype)", "data": [\#(data)]}]\#(more)}
            """#
    }

    @Test func `answers with labels and probabilities`() async throws {
        try await serving { client in
            for path in ["/v2/models/m/infer", "/v2/models/m/versions/2/infer"] {
                for datatype in ["FP32", "FP64"] {
                    let reply = try client.post(path, Self.question(2, datatype: datatype))
                    #expect(reply.status == 200)
                    #expect(reply.headers.contains("application/json"))
                    let start =
                        #"{"model_name":"m","model_version":"2","id":"q1","outputs":["#
                        + #"{"name":"label","shape":[2],"datatype":"BYTES","data":["fault","fault"]},"#
                        + #"{"name":"probabilities","shape":[2,3],"datatype":"FP32","data":["#
                    let other = start.replacing("fault", with: "healthy")
                    let third = start.replacing("fault", with: "worn")
                    #expect([start, other, third].contains { reply.body.hasPrefix($0) })
                }
            }
            let one = try client.post(
                "/v2/models/m/infer",
                Self.question(1, more: #","outputs":[{"name":"probabilities"}]"#)
            )
            #expect(!one.body.contains("BYTES"))
        }
    }

    @Test func `tells what it is and what it has`() async throws {
        try await serving { client in
            #expect(
                try client.get("/v2").body == #"{"name":"sluice","version":"0","extensions":[]}"#
            )
            #expect(try client.get("/v2/health/live").body == #"{"live":true}"#)
            #expect(try client.get("/v2/health/ready").status == 200)
            let ready = try client.get("/v2/models/m/versions/2/ready")
            #expect(ready.body == #"{"name":"m","ready":true}"#)
            #expect(
                try client.get("/v2/models/m").body
                    == #"{"name":"m","versions":["2"],"platform":"onnxruntime_onnx","#
                    + #""inputs":[{"name":"X","datatype":"FP32","shape":[-1,4]}],"#
                    + #""outputs":[{"name":"label","datatype":"BYTES","shape":[-1]},"#
                    + #"{"name":"probabilities","datatype":"FP32","shape":[-1,3]}]}"#
            )
        }
    }

    @Test func `refuses with the protocol's error and goes on`() async throws {
        try await serving(ServeOptions(port: 0, maximumBody: 2_000)) { client in
            let infer = "/v2/models/m/infer"
            let cases: [(Client.Reply, Int, String)] = [
                (try client.post(infer, "{"), 400, #"{"error":"the body is not what it should be"#),
                (try client.post(infer, Self.question(5)), 400, "at most 4 go in one call"),
                (
                    try client.post(infer, Self.question(1, more: #","outputs":[{"name":"x"}]"#)),
                    400, "the model has no output `x`"
                ),
                (
                    try client.post(infer, Self.question(1).replacing("[1, 4]", with: "[4]")),
                    400, "the model takes [-1, 4]"
                ),
                (try client.post("/v2/models/x/infer", "{}"), 404, "there is no model `x`"),
                (try client.post("/v2/models/m/versions/3/infer", "{}"), 404, "`m/3`"),
                (try client.post("/v2/models/beat/infer", "{}"), 404, "is a detector"),
                (try client.get("/v3"), 404, #"{"error":"Not Found"}"#),
                (
                    try client.post(infer, String(repeating: " ", count: 2_001)),
                    413, "larger than 2000 bytes"
                ),
            ]
            for (reply, status, text) in cases {
                #expect(reply.status == status)
                #expect(reply.body.contains(text), "\(reply.body)")
                #expect(reply.body.hasPrefix(#"{"error":""#))
            }
            #expect(try client.post(infer, Self.question(1)).status == 200)
        }
    }

    @Test func `lets in only who has the token, and everyone to its health`() async throws {
        try await serving(ServeOptions(port: 0, bearerToken: "open sesame")) { client in
            #expect(try client.get("/v2/health/live").status == 200)
            let refused = try client.get("/v2/models/m")
            #expect(refused.status == 401)
            #expect(refused.headers.lowercased().contains("www-authenticate: bearer"))
            #expect(try client.get("/v2", "Authorization: Bearer open").status == 401)
            #expect(try client.get("/v2", "Authorization: Bearer open sesame").status == 200)
        }
    }
}

extension OpenInferenceServerTests {
    private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"

    @Test func `makes a span of a request that is traced, below its caller's`() async throws {
        let tracing = ServeTracing(sampler: SpanSampler(share: 0, mostPerSecond: 3))
        try await serving(ServeOptions(port: 0, tracing: tracing)) { client in
            let infer = "/v2/models/m/infer"
            func header(_ flag: String) -> String {
                "traceparent: 00-\(Self.trace)-00f067aa0ba902b7-\(flag)"
            }
            #expect(try client.post(infer, Self.question(1), header("01")).status == 200)
            #expect(try client.post(infer, "{", header("01")).status == 400)
            #expect(
                try client.post("/v2/models/m-else/infer", "{}", header("01")).status == 404
            )
            // Those that nobody keeps, or begins, and what is more than may be kept.
            _ = try client.post(infer, Self.question(1), header("00"))
            _ = try client.post(infer, Self.question(1))
            _ = try client.get("/v2/models/m", header("01"))
            _ = try client.post(infer, Self.question(1), header("01"))
        }
        let spans = tracing.queue.takeAll()
        #expect(spans.count == 3)
        #expect(spans.allSatisfy { $0.context.traceID == Self.trace && $0.kind == .server })
        #expect(spans.allSatisfy { $0.parent == 0x00F0_67AA_0BA9_02B7 && $0.failure == nil })
        let codes = spans.map { span in
            span.attributes.first { $0.name == "http.response.status_code" }?.value
        }
        #expect(codes == [.whole(200), .whole(400), .whole(404)])
        let models = spans.map { span in
            span.attributes.first { $0.name == "sluice.model" }?.value
        }
        #expect(models == [.text("m"), .text("m"), nil])
        #expect(tracing.sampler.passedOver == 1)
    }
}

/// The least HTTP client: one connection a request, everything it gets as text.
struct Client: Sendable {
    struct Reply {
        var status: Int
        var headers: String
        var body: String
    }

    struct Broken: Error {}

    let port: Int

    func get(_ path: String, _ header: String = "X-None: 1") throws -> Reply {
        try exchange("GET \(path) HTTP/1.1\r\nHost: h\r\n\(header)\r\nConnection: close\r\n\r\n")
    }

    func post(_ path: String, _ body: String, _ header: String = "X-None: 1") throws -> Reply {
        try exchange(
            "POST \(path) HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.utf8.count)\r\n"
                + "\(header)\r\nConnection: close\r\n\r\n\(body)"
        )
    }

    private func exchange(_ request: String) throws -> Reply {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, size) == 0
            }
        }
        let bytes = Array(request.utf8)
        guard isConnected, write(descriptor, bytes, bytes.count) == bytes.count else {
            throw Broken()
        }
        var reply: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            reply += chunk[..<count]
        }
        let text = String(decoding: reply, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { throw Broken() }
        let headers = String(text[..<end.lowerBound])
        let status = headers.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Reply(status: status, headers: headers, body: String(text[end.upperBound...]))
    }
}
