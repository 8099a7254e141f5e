// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

extension Shape where Value == TopicPattern {
    /// A topic filter whose wildcards may be named.
    static var topicPattern: Shape {
        .parsed(
            "a topic pattern, such as `plant/+line/state`",
            as: .text(pattern: "topic-pattern")
        ) { text in
            do throws(TopicPattern.Malformed) {
                return try TopicPattern(text)
            } catch {
                throw ShapeMismatch(error.message, offset: error.offset)
            }
        }
    }
}

extension Shape where Value == Template {
    /// A text with places in braces.
    static var template: Shape {
        .parsed(
            "a text with places, such as `\"{line}/{machine}\"`",
            as: .text(pattern: "template")
        ) { text in
            do throws(Template.Malformed) {
                return try Template(text)
            } catch {
                throw ShapeMismatch(error.message, offset: error.offset)
            }
        }
    }
}

extension Shape where Value == String {
    /// A path in a payload: member names with dots between them, and indices in brackets.
    static func path(allowsRoot: Bool = false) -> Shape {
        let wants = "a path, such as `vib.samples` or `sensors[0].value`"
        let kind = SettingKind.text(pattern: "path")
        guard allowsRoot else {
            return .parsed(wants, as: kind) { text in try checkedPath(text) }
        }
        return .parsed(wants, as: kind) { text in
            text.isEmpty ? text : try checkedPath(text)
        }
    }

    private static func checkedPath(_ text: String) throws -> String {
        guard !text.isEmpty, text.utf8.count <= 512 else { throw ShapeMismatch() }
        var offset = 0
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            let isIndex = part.first == "["
            guard !part.isEmpty, !isIndex || offset == 0 else {
                throw ShapeMismatch(
                    "the path has an empty part",
                    offset: min(offset, text.count - 1)
                )
            }
            if let open = part.firstIndex(of: "["), !part.contains("\"") {
                let tail = part[open...]
                let isClosed =
                    tail.last == "]"
                    && tail.dropFirst().dropLast().allSatisfy {
                        $0.isASCII && $0.isNumber || $0 == "]" || $0 == "["
                    }
                guard isClosed else {
                    let distance = part.distance(from: part.startIndex, to: open)
                    throw ShapeMismatch(
                        "an index is a number in brackets",
                        offset: offset + distance
                    )
                }
            }
            offset += part.count + 1
        }
        return text
    }

    /// An address of a web server.
    static var webAddress: Shape {
        .parsed(
            "an address that begins with `https://` or `http://`",
            as: .text(pattern: "url")
        ) { text in
            let rest =
                text.hasPrefix("https://")
                ? text.dropFirst(8) : text.hasPrefix("http://") ? text.dropFirst(7) : ""
            let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            guard !host.isEmpty, !text.contains(where: { $0.isWhitespace }) else {
                throw ShapeMismatch()
            }
            guard !host.contains("@") else {
                throw ShapeMismatch(
                    "a name or password may not stand in the address",
                    hint: "use `bearer_file`"
                )
            }
            return text
        }
    }
}
