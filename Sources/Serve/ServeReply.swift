// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Infer
import Vocabulary

/// The bodies the server answers with.
enum ServeReply {
    /// What a request is known by when it comes again.
    static let idempotencyKey = name("Idempotency-Key")
    /// Says that an answer is one given before.
    static let replayed = name("Idempotent-Replayed")

    private static func name(_ word: String) -> HTTPFields.Element.Name {
        // The words above are tokens; nothing else is asked for.
        HTTPFields.Element.Name(word) ?? .contentType
    }

    /// A response with a JSON body.
    static func json(_ status: HTTPResponse.Status, _ body: [UInt8]) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "application/json"
        if status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
        if status == .serviceUnavailable { headers[.retryAfter] = "1" }
        return Response(
            status: status,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body))
        )
    }

    /// A response whose body is one JSON object.
    static func object(
        _ status: HTTPResponse.Status = .ok,
        _ members: (inout JSONWriter) -> Void
    ) -> Response {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        return json(status, writer.bytes)
    }

    /// The protocol's error body.
    static func refusal(_ error: ServeError) -> Response {
        object(error.status) { $0.member("error", error.message) }
    }

    /// What a model made of a request.
    static func answer(
        _ reference: ModelReference,
        id: String?,
        outputs: [Tensor]
    ) throws(ServeError) -> [UInt8] {
        for tensor in outputs where !tensor.elements.isFinite {
            throw ServeError(
                .internalServerError,
                "output `\(tensor.name)` has numbers that are not finite"
            )
        }
        let count = outputs.reduce(0) { $0 + $1.elements.count }
        var writer = JSONWriter(capacity: 256 + 12 * count)
        writer.beginObject()
        writer.member("model_name", reference.name)
        writer.member("model_version", reference.version)
        writer.member("id", id)
        writer.key("outputs")
        writer.beginArray()
        for tensor in outputs { writer.tensor(tensor) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// What a model takes and gives.
    static func metadata(_ model: ModelDescription, versions: [String]) -> Response {
        object { writer in
            writer.member("name", model.reference.name)
            writer.key("versions")
            writer.beginArray()
            for version in versions { writer.value(version) }
            writer.endArray()
            writer.member("platform", "onnxruntime_onnx")
            writer.shapes("inputs", model.inputs)
            writer.shapes("outputs", model.outputs)
        }
    }
}

extension JSONWriter {
    fileprivate mutating func shapes(_ name: String, _ shapes: [TensorShape]) {
        key(name)
        beginArray()
        for shape in shapes {
            guard let element = shape.element else { continue }
            beginObject()
            member("name", shape.name)
            member("datatype", element.rawValue)
            self.shape(shape.dimensions)
            endObject()
        }
        endArray()
    }

    fileprivate mutating func tensor(_ tensor: Tensor) {
        beginObject()
        member("name", tensor.name)
        shape(tensor.dimensions)
        member("datatype", tensor.element.rawValue)
        key("data")
        beginArray()
        switch tensor.elements {
        case .float32(let elements): for element in elements { value(element) }
        case .float64(let elements): for element in elements { value(element) }
        case .int64(let elements): for element in elements { value(element) }
        case .uint64(let elements): for element in elements { value(element) }
        case .flags(let elements): for element in elements { value(element) }
        case .text(let elements): for element in elements { value(element) }
        }
        endArray()
        endObject()
    }

    private mutating func shape(_ dimensions: [Int]) {
        key("shape")
        beginArray()
        for dimension in dimensions { value(dimension) }
        endArray()
    }
}

extension Tensor.Elements {
    fileprivate var isFinite: Bool {
        switch self {
        case .float32(let elements): elements.allSatisfy(\.isFinite)
        case .float64(let elements): elements.allSatisfy(\.isFinite)
        case .int64, .uint64, .flags, .text: true
        }
    }
}
