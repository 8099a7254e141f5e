// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension SettingsNode {
    /// What the accessors that read this mapping and its schema do not agree on; empty when they do.
    ///
    /// Ask after a whole example has been read: every mapping of the schema must be in it. What keeps
    /// schemas true; tests ask.
    public func disagreements(with form: SchemaForm) -> [String] {
        var comparison = SchemaComparison()
        comparison.compare(self, form, path: "")
        comparison.expect(form, path: "")
        return comparison.found
    }
}

/// Compares what a file's accessors registered with its schema.
private struct SchemaComparison {
    private var differences: [String] = []
    private var seen: Set<String> = []
    private var wanted: Set<String> = []

    var found: [String] {
        let missing = wanted.subtracting(seen).sorted().map { "\($0): the example has none" }
        return Array(Set(differences)).sorted() + missing
    }

    /// Notes the mappings that the example must have.
    mutating func expect(_ form: SchemaForm, path: String) {
        switch form {
        case .object(let keys):
            wanted.insert(path)
            for key in keys { expect(key.form, path: path + "." + key.name) }
        case .named(let form), .list(let form): expect(form, path: path + "[]")
        case .either(let forms): for form in forms { expect(form, path: path) }
        default: break
        }
    }

    mutating func compare(_ node: SettingsNode, _ form: SchemaForm, path: String) {
        switch form {
        case .object(let keys) where node.isMapping:
            compare(node, keys, path: path)
        case .named(let form) where node.isMapping:
            for member in node.members { compare(member, form, path: path + "[]") }
        case .list(let form) where node.isList:
            guard case .list(let items) = node.content else { return }
            for item in items { compare(item, form, path: path + "[]") }
        case .either(let forms):
            for form in forms { compare(node, form, path: path) }
        default: break
        }
    }

    private mutating func compare(_ node: SettingsNode, _ keys: [SchemaKey], path: String) {
        seen.insert(path)
        let read = node.knownKeys
        for key in read where !keys.contains(where: { $0.name == key.name }) {
            differences.append("\(path).\(key.name): read, and not in the schema")
        }
        for key in keys {
            let place = "\(path).\(key.name)"
            guard let known = read.first(where: { $0.name == key.name }) else {
                differences.append("\(place): in the schema, and not read")
                continue
            }
            if !known.kind.agrees(with: key.form) {
                differences.append("\(place): read as \(known.kind), in the schema \(key.form)")
            }
            if known.isRequired, !key.isRequired {
                differences.append("\(place): the reader wants it, the schema does not")
            }
            if let child = node.entry(key.name)?.value { compare(child, key.form, path: place) }
        }
    }
}

extension SettingKind {
    fileprivate func agrees(with form: SchemaForm) -> Bool {
        switch (self, form) {
        case (_, .either(let forms)): forms.contains { agrees(with: $0) }
        case (.any, _), (_, .any), (_, .never): true
        case (.text, .text), (.text, .expression), (.secret, .text): true
        case (.choice(let left), .words(let right)), (.choice(let left), .tag(_, let right)):
            Set(left) == Set(right)
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.fraction, .fraction), (.duration, .duration), (.size, .size), (.flag, .flag): true
        case (.duration(let range), .within(let least, let most, .duration)):
            Quantity.interval(least) == range.lowerBound
                && most.map { Quantity.interval($0) == range.upperBound } ?? true
        case (.size(let range), .within(let least, let most, .size)):
            Quantity.bytes(least) == range.lowerBound
                && most.map { Quantity.bytes($0) == range.upperBound } ?? true
        case (.mapping, .object), (.named, .named): true
        case (.list(let item), .list(let form)): item.agrees(with: form)
        default: false
        }
    }
}
