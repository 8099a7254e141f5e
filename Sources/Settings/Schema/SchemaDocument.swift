// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The JSON Schema of one kind of file (json-schema.org, draft 2020-12), for editors and other programs.
public struct SchemaDocument: Sendable {
    /// What the kind of file is called.
    public let title: String
    /// What it is for.
    public let about: String
    /// What the whole file is.
    public let form: SchemaForm

    /// Makes a schema.
    public init(title: String, about: String, form: SchemaForm) {
        self.title = title
        self.about = about
        self.form = form
    }

    /// The schema as JSON.
    public func json() -> [UInt8] {
        var writer = JSONWriter(capacity: 16 << 10)
        writer.beginObject()
        writer.member("$schema", "https://json-schema.org/draft/2020-12/schema")
        writer.member("title", title)
        writer.member("description", about)
        form.write(to: &writer)
        writer.endObject()
        return writer.bytes
    }
}

extension SchemaForm {
    private static let durationPattern = #"^([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d))+$"#
    private static let sizePattern = #"^[0-9]+(\.[0-9]+)? *(B|KiB|MiB|GiB|kB|MB|GB)$"#
    private static let fractionPattern = #"^[0-9]+(\.[0-9]+)? *%?$"#

    /// Writes the members of the object that describes the form.
    fileprivate func write(to writer: inout JSONWriter) {
        switch self {
        case .any: break
        case .never:
            writer.key("not")
            writer.beginObject()
            writer.endObject()
        case .text(let pattern): Self.text(pattern, &writer)
        case .expression:
            Self.types(["string", "boolean"], &writer)
        case .words(let words): Self.words(words, &writer)
        case .tag(let word, _): writer.member("const", word)
        case .integer(let range):
            writer.member("type", "integer")
            if range.lowerBound != .min { writer.member("minimum", range.lowerBound) }
            if range.upperBound != .max { writer.member("maximum", range.upperBound) }
        case .number(let range):
            writer.member("type", "number")
            let limit = Double.greatestFiniteMagnitude
            if range.lowerBound != -limit { writer.member("minimum", range.lowerBound) }
            if range.upperBound != limit { writer.member("maximum", range.upperBound) }
        case .fraction:
            Self.any([.number(0...1), .text(pattern: Self.fractionPattern)], &writer)
        case .duration: Self.text(Self.durationPattern, &writer)
        case .size: Self.text(Self.sizePattern, &writer)
        case .within(_, _, let form): form.write(to: &writer)
        case .flag: writer.member("type", "boolean")
        case .object(let keys): Self.object(keys, &writer)
        case .named(let form):
            writer.member("type", "object")
            writer.key("additionalProperties")
            form.writeObject(to: &writer)
        case .list(let form):
            writer.member("type", "array")
            writer.key("items")
            form.writeObject(to: &writer)
        case .either(let forms): Self.any(forms, &writer)
        }
    }

    private func writeObject(to writer: inout JSONWriter) {
        writer.beginObject()
        write(to: &writer)
        writer.endObject()
    }

    private static func any(_ forms: [SchemaForm], _ writer: inout JSONWriter) {
        writer.key("anyOf")
        writer.beginArray()
        for form in forms { form.writeObject(to: &writer) }
        writer.endArray()
    }

    private static func types(_ types: [String], _ writer: inout JSONWriter) {
        writer.key("type")
        writer.beginArray()
        for type in types { writer.value(type) }
        writer.endArray()
    }

    private static func text(_ pattern: String?, _ writer: inout JSONWriter) {
        guard let pattern else {
            // YAML calls `4` a number, and it is a fine name.
            return types(["string", "number"], &writer)
        }
        writer.member("type", "string")
        writer.member("pattern", pattern)
    }

    private static func words(_ words: [String], _ writer: inout JSONWriter) {
        writer.key("enum")
        writer.beginArray()
        for word in words {
            writer.value(word)
            if let number = Int(word) { writer.value(number) }
        }
        writer.endArray()
    }

    private static func object(_ keys: [SchemaKey], _ writer: inout JSONWriter) {
        writer.member("type", "object")
        writer.key("properties")
        writer.beginObject()
        for key in keys {
            writer.key(key.name)
            writer.beginObject()
            writer.member("description", key.about)
            if let fallback = key.fallback { key.form.writeDefault(fallback, to: &writer) }
            key.form.write(to: &writer)
            writer.endObject()
        }
        writer.endObject()
        let required = keys.filter(\.isRequired)
        if !required.isEmpty {
            writer.key("required")
            writer.beginArray()
            for key in required { writer.value(key.name) }
            writer.endArray()
        }
        writer.member("additionalProperties", false)
    }

    private func writeDefault(_ text: String, to writer: inout JSONWriter) {
        switch self {
        case .integer, .number, .flag:
            writer.key("default")
            writer.raw(text.utf8)
        default: writer.member("default", text)
        }
    }
}
