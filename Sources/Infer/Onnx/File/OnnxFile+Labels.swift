// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension OnnxFile {
    /// The labels the file itself names for `count` classes, or for any number when that is nil.
    ///
    /// First the maker's notes (`labels`, `classes`, `class_names`, `names`, `id2label`), then the
    /// classes of its nodes when they all agree. nil when there are none, or not so many.
    func labels(count: Int?) -> [String]? {
        for key in ["labels", "classes", "class_names", "names", "id2label"] {
            guard let text = notes[key], let labels = Self.labels(in: text) else { continue }
            if labels.count == count ?? labels.count { return labels }
        }
        let fitting = classes.filter { $0.count == count ?? $0.count }
        guard let first = fitting.first, fitting.allSatisfy({ $0 == first }) else { return nil }
        return first.names
    }

    private static let labelLimit = 4_096

    /// Reads labels as makers write them: `a, b`, one a line, `["a", "b"]`, or `{0: 'a', 1: 'b'}`.
    static func labels(in text: String) -> [String]? {
        let text = trimmed(text[...])
        guard let first = text.first, let last = text.last else { return nil }
        let inner = text.dropFirst().dropLast()
        switch (first, last) {
        case ("[", "]"): return checked(items(inner).map { unquoted($0) })
        case ("{", "}"): return checked(numbered(items(inner)))
        default:
            let separator: Character = text.contains("\n") ? "\n" : ","
            return checked(text.split(separator: separator).map { unquoted($0) })
        }
    }

    private static func checked(_ labels: [String]?) -> [String]? {
        guard let labels, !labels.isEmpty, labels.count <= labelLimit,
            labels.allSatisfy({ !$0.isEmpty }), Set(labels).count == labels.count
        else { return nil }
        return labels
    }

    /// The items between commas that stand outside quotes.
    private static func items(_ text: Substring) -> [Substring] {
        var items: [Substring] = []
        var start = text.startIndex
        var quote: Character?
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "," {
                items.append(text[start..<index])
                start = text.index(after: index)
            }
        }
        items.append(text[start...])
        return items.filter { !trimmed($0).isEmpty }
    }

    /// The values of `0: a, 1: b`, in the order of their numbers, which leave none out.
    private static func numbered(_ items: [Substring]) -> [String]? {
        var labels: [Int: String] = [:]
        for item in items {
            guard let colon = item.firstIndex(of: ":"),
                let number = Int(unquoted(item[..<colon]))
            else { return nil }
            labels[number] = unquoted(item[item.index(after: colon)...])
        }
        let found = (0..<labels.count).compactMap { labels[$0] }
        return found.count == items.count ? found : nil
    }

    private static func unquoted(_ text: Substring) -> String {
        let text = trimmed(text)
        guard text.count >= 2, let first = text.first, first == text.last,
            first == "\"" || first == "'"
        else { return String(text) }
        return String(text.dropFirst().dropLast())
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
