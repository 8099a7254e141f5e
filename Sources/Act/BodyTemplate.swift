// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Mustache
import Vocabulary

/// The body of an action as its policy writes it: text with Mustache places such as `{{label}}`.
///
/// Every value is made harmless for the body's media type before Mustache sees it, so that
/// no way of writing a place (`{{label}}`, `{{{label}}}`, `{{&label}}`) lets a device's name break out of
/// a JSON string. In JSON, a value that is not there reads `null`. Sections (`{{#label}}…{{/label}}`)
/// show where a value is there and not false. Partials, inheritance, pragmas and other delimiters are
/// refused: a policy is one file.
public struct BodyTemplate: Sendable {
    /// What can be put in a place.
    public enum Value: Hashable, Sendable {
        /// A text.
        case text(String)
        /// A number; one that is not finite counts as absent.
        case number(Double)
        /// A whole number.
        case integer(Int64)
        /// A truth value.
        case flag(Bool)
        /// A list or an object, as JSON: it goes into a body as it is.
        case json(String)
        /// Nothing.
        case absent
    }

    /// What is wrong with a template.
    public struct Malformed: Error, Hashable, Sendable {
        /// What is wrong, without a full stop.
        public var message: String
    }

    /// How many bytes a template may have.
    public static let sourceLimit = 16 << 10
    /// How many sections a template may have.
    public static let sectionLimit = 64

    /// The media type of the body.
    public let contentType: String
    private let template: MustacheTemplate
    private let isJSON: Bool
    // Of a template that has nothing but plain places, which most have.
    private let pieces: [TemplatePiece]?

    /// Compiles a template, once.
    public init(
        _ source: String,
        contentType: String = "application/json"
    ) throws(Malformed) {
        try Self.checkTags(source)
        self.contentType = contentType
        let mediaType = contentType.prefix { $0 != ";" }
        isJSON = mediaType == "application/json" || mediaType.hasSuffix("+json")
        do {
            // Values come escaped already; Mustache's own escaping is for HTML.
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}" + source)
        } catch {
            throw Malformed(message: "the template cannot be read: \(error)")
        }
        pieces = TemplatePiece.pieces(of: source)
    }

    /// The body with its places filled.
    public func body(_ values: [String: Value]) -> [UInt8] {
        body(naming: values.keys) { values[$0] ?? .absent }
    }

    /// The body with its places filled by `value`, which is asked for `names` only.
    public func body(
        naming names: some Sequence<String>,
        _ value: (String) -> Value
    ) -> [UInt8] {
        guard let pieces else {
            let values = Dictionary(names.map { ($0, value($0)) }, uniquingKeysWith: { $1 })
            return Array(template.render(Places(values: values, isJSON: isJSON)).utf8)
        }
        var body: [UInt8] = []
        body.reserveCapacity(256)
        for piece in pieces {
            switch piece {
            case .text(let text): body += text
            case .place(let name): append(value(name), to: &body)
            }
        }
        return body
    }

    /// Writes a value as `Places` has Mustache write it.
    private func append(_ value: Value, to body: inout [UInt8]) {
        switch value {
        case .flag(let flag): body += (flag ? "true" : "false").utf8
        case .number(let number) where number.isFinite: body += Place.json(of: number)
        case .json(let text): body += text.utf8
        case .integer(let number): body += String(number).utf8
        case .text(let text) where isJSON: body += Place.json(within: text)
        case .text(let text): body += text.utf8
        case .number, .absent: if isJSON { body += "null".utf8 }
        }
    }

    private static func checkTags(_ source: String) throws(Malformed) {
        guard source.utf8.count <= sourceLimit else {
            throw Malformed(message: "a template has at most \(sourceLimit) bytes")
        }
        var sections = 0
        var rest = source[...]
        while let open = rest.firstRange(of: "{{") {
            rest = rest[open.upperBound...]
            switch rest.first(where: { !$0.isWhitespace }) {
            case ">", "<", "$": throw Malformed(message: "a template may not include others")
            case "=": throw Malformed(message: "a template may not change its delimiters")
            case "%": throw Malformed(message: "a template may not have pragmas")
            case "#", "^": sections += 1
            default: break
            }
        }
        guard sections <= sectionLimit else {
            throw Malformed(message: "a template has at most \(sectionLimit) sections")
        }
    }

    /// What Mustache looks names up in.
    private struct Places: MustacheParent {
        var values: [String: Value]
        var isJSON: Bool

        func child(named name: String) -> Any? {
            switch values[name] ?? .absent {
            // A plain truth value, so that a section can ask it.
            case .flag(let flag): flag
            case .number(let number) where number.isFinite:
                Place.written(Place.json(of: number))
            case .json(let text): Place(renderText: text, isNull: false)
            case .integer(let number): Place(renderText: String(number), isNull: false)
            case .text(let text) where isJSON: Place.written(Place.json(within: text))
            case .text(let text): Place(renderText: text, isNull: false)
            case .number, .absent: Place(renderText: isJSON ? "null" : "", isNull: true)
            }
        }
    }

    /// A value as it is written.
    ///
    /// Mustache's transforms do not know this type, so that none can undo the escaping.
    private struct Place: MustacheCustomRenderable {
        var renderText: String
        var isNull: Bool

        static func written(_ json: some Collection<UInt8>) -> Place {
            Place(renderText: String(decoding: json, as: UTF8.self), isNull: false)
        }

        static func json(of number: Double) -> [UInt8] {
            var writer = JSONWriter()
            writer.value(number)
            return writer.bytes
        }

        /// What stands between the quotes.
        static func json(within text: String) -> ArraySlice<UInt8> {
            var writer = JSONWriter(capacity: text.utf8.count + 2)
            writer.value(text)
            return writer.bytes.dropFirst().dropLast()
        }
    }
}
