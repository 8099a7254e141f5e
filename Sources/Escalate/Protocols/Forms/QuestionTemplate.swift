// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Mustache
public import Vocabulary

/// A text with places for one question's values: `{{x}}` is tensor `x` as a JSON list, `{{x.0}}` its first value,
/// `{{key}}` the question's key.
///
/// Values are numbers and our own key, so nothing a device says can break out of a JSON string. Only plain places are
/// taken: no sections, partials, pragmas or other delimiters.
public struct QuestionTemplate: Sendable {
    /// What is wrong with a template.
    public struct Malformed: Error, Hashable, Sendable {
        /// What is wrong, without a full stop.
        public var message: String
    }

    /// How many bytes a template may have.
    public static let sourceLimit = 64 << 10
    /// The names it uses, without their indices: tensors and `key`.
    public let names: [String]
    private let template: MustacheTemplate

    /// Compiles a template, once.
    public init(_ source: String) throws(Malformed) {
        guard source.utf8.count <= Self.sourceLimit else {
            throw Malformed(message: "a template has at most \(Self.sourceLimit) bytes")
        }
        names = try Self.names(in: source)
        do {
            // Mustache's own escaping is for HTML.
            template = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}" + source)
        } catch {
            throw Malformed(message: "the template cannot be read: \(error)")
        }
    }

    /// The text with its places filled; a place for a value that is not there is left empty.
    public func text(tensors: [Outbound.Tensor], key: String) -> String {
        template.render(Places(tensors: tensors, key: key))
    }

    func text(for question: Question) -> String {
        text(tensors: question.outbound.tensors, key: question.key.description)
    }

    private static func names(in source: String) throws(Malformed) -> [String] {
        var names: [String] = []
        var rest = source[...]
        while let open = rest.firstRange(of: "{{") {
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "}}") else {
                throw Malformed(message: "a place does not end with `}}`")
            }
            let isTriple = rest.first == "{"
            let inner = rest[..<close.lowerBound].drop { $0 == "{" || $0 == "&" || $0 == " " }
            rest = rest[close.upperBound...]
            if isTriple, rest.first == "}" { rest = rest.dropFirst() }
            guard let first = inner.first, first != "!" else { continue }
            guard !"#^/><$=%(.".contains(first), !inner.contains("(") else {
                throw Malformed(message: "`{{\(inner.prefix(32))}}` is no plain place")
            }
            var name = inner[...]
            while name.last == " " { name.removeLast() }
            names.append(String(name.prefix { $0 != "." }))
        }
        return names
    }

    /// What Mustache looks names up in.
    private struct Places: MustacheParent {
        var tensors: [Outbound.Tensor]
        var key: String

        func child(named name: String) -> Any? {
            if let tensor = tensors.first(where: { $0.name == name }) {
                return Values(values: tensor.values)
            }
            return name == "key" ? Word(renderText: key) : nil
        }
    }

    /// One tensor's values.
    private struct Values: MustacheParent, MustacheCustomRenderable {
        var values: [Float]
        var isNull: Bool { false }

        var renderText: String {
            var writer = JSONWriter()
            writer.write(values)
            return String(decoding: writer.bytes, as: UTF8.self)
        }

        func child(named name: String) -> Any? {
            guard let index = Int(name), values.indices.contains(index) else { return nil }
            return Word(renderText: values[index].description)
        }
    }

    /// A text that Mustache's transforms do not know.
    private struct Word: MustacheCustomRenderable {
        var renderText: String
        var isNull: Bool { false }
    }
}
