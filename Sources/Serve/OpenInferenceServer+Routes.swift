// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Infer
import Vocabulary

extension OpenInferenceServer {
    /// The protocol's routes, each model's with and without a version.
    func addRoutes(to router: Router<BasicRequestContext>, answers: AnswerStore) {
        router.get("v2") { _, _ in
            ServeReply.object { writer in
                writer.member("name", "sluice")
                writer.member("version", options.version)
                writer.key("extensions")
                writer.beginArray()
                writer.endArray()
            }
        }
        router.get("v2/health/live") { _, _ in
            ServeReply.object { $0.member("live", true) }
        }
        router.get("v2/health/ready") { _, _ in
            ServeReply.object { $0.member("ready", true) }
        }
        for model in ["v2/models/:name", "v2/models/:name/versions/:version"] {
            router.get("\(model)") { _, context in
                try metadata(of: try served(context))
            }
            router.get("\(model)/ready") { _, context in
                let reference = try served(context).reference
                return ServeReply.object { writer in
                    writer.member("name", reference.name)
                    writer.member("ready", true)
                }
            }
            router.post("\(model)/infer") { request, context in
                try await infer(served(context).reference, request, answers)
            }
        }
    }

    private func metadata(of model: ModelDescription) throws(ServeError) -> Response {
        let versions = engine.models.keys.filter { $0.name == model.reference.name }
            .map(\.version).sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }
        return ServeReply.metadata(model, versions: versions)
    }

    private func infer(
        _ reference: ModelReference,
        _ request: Request,
        _ answers: AnswerStore
    ) async throws(ServeError) -> Response {
        let body = try await body(of: request)
        guard let key = try Self.key(of: request) else {
            return ServeReply.json(.ok, try await worked(body, by: reference))
        }
        // The same key under another model's address is another request, with an answer of its own.
        let whole = Array("\(reference)\n".utf8) + body
        let (answer, isRepeat) = try await answers.answer(key, to: whole) {
            () async throws(ServeError) in try await worked(body, by: reference)
        }
        var response = ServeReply.json(.ok, answer)
        if isRepeat { response.headers[ServeReply.replayed] = "true" }
        return response
    }

    /// What the request is known by when it comes again; nil for one that does not say.
    private static func key(of request: Request) throws(ServeError) -> String? {
        guard let key = request.headers[ServeReply.idempotencyKey], !key.isEmpty else { return nil }
        guard key.utf8.count <= 256 else {
            throw .badRequest("an idempotency key has at most 256 bytes")
        }
        return key
    }

    /// The body that answers a request.
    private func worked(
        _ body: [UInt8],
        by reference: ModelReference
    ) async throws(ServeError) -> [UInt8] {
        let asked = try InferRequest(body)
        if let unknown = asked.outputs?.first(where: { name in
            engine.models[reference]?.outputs.contains { $0.name == name } != true
        }) {
            throw .badRequest("the model has no output `\(unknown)`")
        }
        var outputs = try await pool.run(reference, inputs: asked.inputs)
        if let names = asked.outputs, !names.isEmpty {
            outputs = outputs.filter { names.contains($0.name) }
        }
        return try ServeReply.answer(reference, id: asked.id, outputs: outputs)
    }

    /// The model that the path names, when it is one that is served.
    private func served(_ context: BasicRequestContext) throws(ServeError) -> ModelDescription {
        let name = context.parameters.get("name") ?? ""
        let version = context.parameters.get("version")
        let text = version.map { "\(name)/\($0)" } ?? name
        guard let reference = engine.resolve(text), let model = engine.models[reference] else {
            throw ServeError(.notFound, "there is no model `\(text)`")
        }
        guard model.kind == .onnx else {
            throw ServeError(
                .notFound,
                "`\(text)` is a detector: it follows devices, and is not served"
            )
        }
        return model
    }

    private func body(of request: Request) async throws(ServeError) -> [UInt8] {
        let limit = options.maximumBody
        let tooLarge = ServeError(.contentTooLarge, "the body is larger than \(limit) bytes")
        if let text = request.headers[.contentLength], let length = Int(text), length > limit {
            throw tooLarge
        }
        var body: [UInt8] = []
        do {
            for try await part in request.body {
                guard body.count + part.readableBytes <= limit else { throw tooLarge }
                body.append(contentsOf: part.readableBytesView)
            }
        } catch let error as ServeError {
            throw error
        } catch {
            throw .badRequest("the body did not arrive")
        }
        return body
    }
}
