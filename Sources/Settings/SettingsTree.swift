// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary
import Yams

/// Turns YAML text into nodes: finds syntax errors, duplicate keys, and files that are too big inside.
struct SettingsTree {
    private let source: SettingsSource
    private let limits: SettingsLimits
    /// Keys that `DuplicateKeys` gave another name, with what they were called.
    private let renamed: [String: String]
    private var count = 0
    private var isTooBig = false

    private init(source: SettingsSource, limits: SettingsLimits, renamed: [String: String]) {
        self.source = source
        self.limits = limits
        self.renamed = renamed
    }

    /// The root of `text`; nil when there is none, which is reported.
    static func read(
        _ text: String,
        source: SettingsSource,
        limits: SettingsLimits
    ) -> SettingsNode? {
        guard !AliasKeys.areIn(text) else {
            source.add(
                .error,
                "an alias stands inside a key",
                hint: "write the key out",
                at: SettingsPlace(line: 1, column: 1)
            )
            return nil
        }
        var duplicates = DuplicateKeys(text: text)
        guard let document = duplicates.parse(reportingTo: source) else { return nil }
        var tree = SettingsTree(source: source, limits: limits, renamed: duplicates.renamed)
        let root = tree.node(document, name: "", keyPlace: nil, depth: 0)
        if tree.isTooBig {
            source.add(
                .error,
                "the file has more than \(limits.nodes) values, aliases expanded, "
                    + "or nests them deeper than \(limits.depth) levels",
                hint: nil,
                at: root.place
            )
            return nil
        }
        guard root.isMapping else {
            root.problem("the file must be a mapping of keys to values; found \(root.shownValue)")
            return nil
        }
        return root
    }

    private mutating func node(
        _ node: Node,
        name: String,
        keyPlace: SettingsPlace?,
        depth: Int
    ) -> SettingsNode {
        count += 1
        let mark = node.mark
        let place = source.place(line: mark?.line ?? 1, scalarColumn: mark?.column ?? 1)
        isTooBig = isTooBig || count > limits.nodes || depth > limits.depth
        var content = SettingsNode.Content.silent
        if !isTooBig {
            switch node {
            case .scalar(let scalar):
                content = self.content(scalar, at: place)
            case .sequence(let sequence):
                var items: [SettingsNode] = []
                for item in sequence where !isTooBig {
                    let itemName = "\(name)[\(items.count)]"
                    items.append(
                        self.node(item, name: itemName, keyPlace: nil, depth: depth + 1)
                    )
                }
                content = .list(items)
            case .mapping(let mapping):
                content = .mapping(entries(mapping, depth: depth))
            case .alias:
                break
            }
        }
        return SettingsNode(
            name: name,
            content: content,
            place: place,
            keyPlace: keyPlace,
            source: source
        )
    }

    private func content(_ scalar: Node.Scalar, at place: SettingsPlace) -> SettingsNode.Content {
        // Yams calls a plain scalar's tag implicit, a quoted one's `str`; any other was written out.
        let tag = scalar.tag.description
        if tag != "", tag != "!", !tag.hasPrefix("tag:yaml.org,2002:") {
            source.add(
                .error,
                "YAML reads `\(tag.shortened)` as a tag",
                hint: "put quotes around a text that begins with `!`",
                at: place
            )
            return .silent
        }
        let style: SettingsNode.Style =
            switch scalar.style {
            case .any, .plain: .plain
            case .singleQuoted: .singleQuoted
            case .doubleQuoted: .doubleQuoted
            case .literal: .literal
            case .folded: .folded
            }
        return .scalar(scalar.string, style)
    }

    private mutating func entries(_ mapping: Node.Mapping, depth: Int) -> [SettingsNode.Entry] {
        var entries: [SettingsNode.Entry] = []
        var merged: [SettingsNode.Entry] = []
        for (keyNode, valueNode) in mapping where !isTooBig {
            guard case .scalar(let scalar) = keyNode else {
                let mark = keyNode.mark
                let place = source.place(line: mark?.line ?? 1, scalarColumn: mark?.column ?? 1)
                source.add(.error, "a key must be a text", hint: nil, at: place)
                continue
            }
            let key = renamed[scalar.string] ?? scalar.string
            let place = source.place(
                line: scalar.mark?.line ?? 1,
                scalarColumn: scalar.mark?.column ?? 1,
                length: key.count + (scalar.style == .plain ? 0 : 2)
            )
            let value = node(valueNode, name: key, keyPlace: place, depth: depth + 1)
            if key == "<<", scalar.style == .plain {
                merged += self.merged(value)
            } else if let first = entries.first(where: { $0.key == key }) {
                source.add(
                    .error,
                    "`\(key.shortened)` is set twice",
                    hint: "the first time on line \(first.place.line)",
                    at: place
                )
            } else {
                entries.append(SettingsNode.Entry(key: key, place: place, value: value))
            }
        }
        for entry in merged where !entries.contains(where: { $0.key == entry.key }) {
            entries.append(entry)
        }
        return entries
    }

    /// What a `<<` key brings in: the pairs of a mapping, or of a list of them, the first one winning.
    private func merged(_ value: SettingsNode) -> [SettingsNode.Entry] {
        switch value.content {
        case .mapping(let entries):
            return entries
        case .list(let items) where items.allSatisfy(\.isMapping):
            return items.flatMap { merged($0) }
        case .list, .scalar, .silent:
            value.problem("`<<` wants a mapping, or a list of them; found \(value.shownValue)")
            return []
        }
    }
}
