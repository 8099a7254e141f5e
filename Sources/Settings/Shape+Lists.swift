// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Shape {
    /// A list of values of one form; every unfit item is reported by itself, and left out.
    public static func list<Item>(of item: Shape<Item>) -> Shape where Value == [Item] {
        Shape("a list", .list(item.kind)) { node in
            guard case .list(let items) = node.content else {
                throw ShapeMismatch(hint: "each of its items wants \(item.wants)")
            }
            return items.compactMap { $0.read(item) }
        }
    }

    /// A list of values of one form, or one such value by itself.
    public static func oneOrMore<Item>(of item: Shape<Item>) -> Shape where Value == [Item] {
        Shape("\(item.wants), or a list", .list(item.kind)) { node in
            guard case .list(let items) = node.content else {
                return node.read(item).map { [$0] } ?? []
            }
            return items.compactMap { $0.read(item) }
        }
    }
}

extension SettingsNode {
    /// The mapping under `key`; when it is missing or something else, which is reported, one that reads as empty.
    public func mapping(_ key: String) -> SettingsNode {
        register(key, .mapping, isRequired: true)
        guard let value = entry(key)?.value else {
            reportMissing(key, wants: "a mapping")
            return silent(key)
        }
        return value.expectMapping() ? value : silent(key)
    }

    /// The mapping under `key`; nil when there is none, or something else, which is reported.
    public func optionalMapping(_ key: String) -> SettingsNode? {
        register(key, .mapping, isRequired: false)
        guard let value = entry(key)?.value, value.expectMapping() else { return nil }
        return value
    }

    /// The mappings listed under `key`; empty when there are none.
    ///
    /// Items that are no mappings are reported and left out.
    public func children(_ key: String, isRequired: Bool = false) -> [SettingsNode] {
        register(key, .list(.mapping), isRequired: isRequired)
        guard let value = entry(key)?.value else {
            if isRequired { reportMissing(key, wants: "a list") }
            return []
        }
        guard case .list(let items) = value.content else {
            value.problem(
                "`\(key)` wants a list; found \(value.shownValue)",
                hint: "begin each item with `- `"
            )
            return []
        }
        return items.filter { $0.expectMapping() }
    }

    /// The values listed under `key`; nil when there is none, or no list, which is reported.
    public func items(_ key: String) -> [SettingsNode]? {
        register(key, .list(.any), isRequired: false)
        guard let value = entry(key)?.value else { return nil }
        guard case .list(let items) = value.content else {
            value.problem(
                "`\(key)` wants a list; found \(value.shownValue)",
                hint: "begin each item with `- `, or write `[first, second]`"
            )
            return nil
        }
        return items
    }

    /// The pairs of the mapping under `key`, whose keys are names the user chooses; empty when there is none.
    public func named(_ key: String, isRequired: Bool = false) -> [SettingsNode] {
        register(key, .named, isRequired: isRequired)
        guard let value = entry(key)?.value else {
            if isRequired { reportMissing(key, wants: "a mapping") }
            return []
        }
        guard value.expectMapping() else { return [] }
        return value.members
    }

    /// The values of this mapping, whose keys are names the user chooses: each is called `name`.
    public var members: [SettingsNode] {
        guard case .mapping(let entries) = content else { return [] }
        isOpen = true
        return entries.map(\.value)
    }

    /// The values of this list; none for anything else.
    public var elements: [SettingsNode] {
        guard case .list(let items) = content else { return [] }
        return items
    }

    /// The number this value is; nil for anything else, which is not reported.
    public var numberValue: Double? {
        plainText.flatMap { Quantity.number($0) }
    }

    /// The truth value this value is; nil for anything else, which is not reported.
    public var flagValue: Bool? {
        switch plainText {
        case "true": true
        case "false": false
        default: nil
        }
    }

    /// True for a mapping; anything else is reported.
    public func expectMapping() -> Bool {
        if isMapping || isSilent { return isMapping }
        problem("\(shownName) wants a mapping; found \(shownValue)")
        return false
    }
}
