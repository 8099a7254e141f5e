// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The API described for programs, in OpenAPI 3.1 (JSON Schema 2020-12).
struct OpenAPIDocument {
    let operations: [Operation]
    let version: String
    let takesToken: Bool

    /// The document as JSON.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 32 << 10)
        writer.beginObject()
        writer.member("openapi", "3.1.0")
        writer.key("info")
        writer.beginObject()
        writer.member("title", "Sluice")
        writer.member("version", version)
        writer.member(
            "description",
            "What a running gateway tells and takes. Durations are in the unit their name ends with."
        )
        writer.key("license")
        writer.beginObject()
        writer.member("name", "Apache-2.0")
        writer.member("identifier", "Apache-2.0")
        writer.endObject()
        writer.endObject()
        writer.key("paths")
        writer.beginObject()
        for path in Set(operations.map(\.path)).sorted() {
            writer.key(path)
            writer.beginObject()
            for operation in operations where operation.path == path {
                writer.key(operation.method.rawValue.lowercased())
                write(operation, &writer)
            }
            writer.endObject()
        }
        writer.endObject()
        writeComponents(&writer)
        writer.endObject()
        return writer.bytes
    }

    private func write(_ operation: Operation, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("summary", operation.summary)
        writer.member("operationId", Self.name(of: operation))
        if takesToken, !operation.isOpen {
            writer.key("security")
            writer.beginArray()
            writer.beginObject()
            writer.key("token")
            writer.beginArray()
            writer.endArray()
            writer.endObject()
            writer.endArray()
        }
        writer.key("parameters")
        writer.beginArray()
        for parameter in operation.parameters { Self.write(parameter, &writer) }
        writer.endArray()
        if let body = operation.body {
            writer.key("requestBody")
            writer.beginObject()
            writer.member("required", body.isRequired)
            Self.writeContent(body.contentType, body.schema, &writer)
            writer.endObject()
        }
        writer.key("responses")
        writer.beginObject()
        writer.key("200")
        writer.beginObject()
        writer.member("description", "Done.")
        switch operation.answer {
        case .json(let schema): Self.writeContent("application/json", schema, &writer)
        case .events: Self.writeContent("text/event-stream", "Text", &writer)
        case .text(let type): Self.writeContent(type, "Text", &writer)
        }
        writer.endObject()
        for (status, reason) in refusals(of: operation).sorted(by: { $0.key < $1.key }) {
            writer.key(String(status))
            writer.beginObject()
            writer.member("description", reason)
            Self.writeContent("application/json", "Refusal", &writer)
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
    }

    private func refusals(of operation: Operation) -> [Int: String] {
        var refusals = operation.refusals
        refusals[400] = "A parameter or the body is not what it should be."
        refusals[403] = "The request comes from another site's page, or under another name."
        refusals[503] = refusals[503] ?? "Too much is under way."
        if takesToken, !operation.isOpen { refusals[401] = "The token is missing or wrong." }
        if operation.body != nil {
            refusals[408] = "The body did not arrive in time."
            refusals[413] = "The body is too large."
        }
        return refusals
    }

    private static func name(of operation: Operation) -> String {
        let words = operation.path.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
        return ([operation.method.rawValue.lowercased()] + words.map(String.init))
            .joined(separator: "_")
    }

    private static func writeContent(
        _ type: String,
        _ schema: String,
        _ writer: inout JSONWriter
    ) {
        writer.key("content")
        writer.beginObject()
        writer.key(type)
        writer.beginObject()
        writer.key("schema")
        writer.beginObject()
        writer.member("$ref", "#/components/schemas/\(schema)")
        writer.endObject()
        writer.endObject()
        writer.endObject()
    }

    private static func write(_ parameter: Operation.Parameter, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", parameter.name)
        writer.member("in", parameter.isInPath ? "path" : "query")
        writer.member("description", parameter.about)
        writer.member("required", parameter.isRequired)
        writer.key("schema")
        writer.beginObject()
        switch parameter.kind {
        case .text(let most), .line(let most):
            writer.member("type", "string")
            writer.member("minLength", 1)
            writer.member("maxLength", most)
            if case .line = parameter.kind {
                writer.member("pattern", "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")
            } else {
                writer.member("pattern", "^[^\\u0000]*$")
            }
        case .numbers(let most):
            writer.member("type", "string")
            writer.member("maxLength", most * 19)
            writer.member("pattern", "^[0-9]{1,18}(,[0-9]{1,18}){0,\(most - 1)}$")
        case .decision:
            writer.member("type", "string")
            writer.member("pattern", "^[0-9a-fA-F]{32}$")
        case .integer(let range):
            writer.member("type", "integer")
            writer.member("minimum", range.lowerBound)
            writer.member("maximum", range.upperBound)
        case .number(let range):
            writer.member("type", "number")
            writer.member("minimum", range.lowerBound)
            writer.member("maximum", range.upperBound)
        case .digits(let most):
            writer.member("type", "string")
            writer.member("pattern", "^[0-9a-fA-F]{1,\(most)}$")
        case .flag: writer.member("type", "boolean")
        case .words(let words):
            writer.member("type", "string")
            writer.key("enum")
            writer.beginArray()
            for word in words { writer.value(word) }
            writer.endArray()
        }
        writer.endObject()
        writer.endObject()
    }
}
