// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// One value of a settings file, with its place; a mapping is read through accessors that know its keys.
///
/// Every accessor registers its key, reports what is wrong with its value and goes on, so that one
/// reading finds every problem; `finish()` then reports the keys nobody asked for. Not Sendable: a
/// file is read on one thread, into values that are.
public final class SettingsNode {
    /// One pair of a mapping.
    struct Entry {
        var key: String
        var place: SettingsPlace
        var value: SettingsNode
    }

    /// How a scalar is written.
    enum Style {
        case plain
        case singleQuoted
        case doubleQuoted
        case literal
        case folded
    }

    /// What the node is.
    enum Content {
        /// Stands for a value that is missing or unfit, which has been reported: reads as empty, reports nothing.
        case silent
        case scalar(String, Style)
        case list([SettingsNode])
        case mapping([Entry])
    }

    /// The key it stands under, with its place in a list: `rules[2]`; empty for the whole file.
    public let name: String
    /// Where it begins.
    public let place: SettingsPlace
    /// The keys that accessors have asked this mapping for, in that order.
    public private(set) var knownKeys: [SettingKey] = []

    let content: Content
    let source: SettingsSource
    /// Where its key stands; its own place for the items of a list and the whole file.
    let keyPlace: SettingsPlace
    /// The keys that were reported as missing, with what was said.
    var missing: [String: Diagnostic] = [:]
    /// True when its keys are names the user chooses.
    var isOpen = false

    init(
        name: String,
        content: Content,
        place: SettingsPlace,
        keyPlace: SettingsPlace?,
        source: SettingsSource
    ) {
        self.name = name
        self.content = content
        self.place = place
        self.keyPlace = keyPlace ?? place
        self.source = source
    }

    /// The last part of its name, as messages call it.
    var shownName: String { name.isEmpty ? "the file" : "`\(name)`" }

    /// True for a mapping.
    public var isMapping: Bool {
        guard case .mapping = content else { return false }
        return true
    }

    /// True for a list.
    public var isList: Bool {
        guard case .list = content else { return false }
        return true
    }

    /// The text of a scalar; nil for everything else and for an empty or `null` value.
    public var text: String? {
        guard case .scalar(let text, let style) = content else { return nil }
        let isNothing = style == .plain && (text.isEmpty || text == "~" || text == "null")
        return isNothing ? nil : text
    }

    /// True when the value is there but empty or `null`.
    public var isNothing: Bool {
        guard case .scalar = content else { return false }
        return text == nil
    }

    /// The text, when it is a plain scalar: quoted text is never a number or truth value.
    var plainText: String? {
        guard case .scalar(_, .plain) = content else { return nil }
        return text
    }

    /// The value under `key`, known from now on; nil when the mapping has none.
    public func node(_ key: String, kind: SettingKind = .any) -> SettingsNode? {
        register(key, kind, isRequired: false)
        return entry(key)?.value
    }

    /// True when the mapping has `key`; does not make the key known.
    public func has(_ key: String) -> Bool { entry(key) != nil }

    func entry(_ key: String) -> Entry? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }
    }

    func register(_ key: String, _ kind: SettingKind, isRequired: Bool) {
        guard !knownKeys.contains(where: { $0.name == key }) else { return }
        knownKeys.append(SettingKey(name: key, kind: kind, isRequired: isRequired))
    }

    /// A node that reads as an empty mapping and reports nothing, in place of one that is missing.
    func silent(_ name: String) -> SettingsNode {
        SettingsNode(
            name: name,
            content: .silent,
            place: keyPlace,
            keyPlace: nil,
            source: source
        )
    }

    var isSilent: Bool {
        guard case .silent = content else { return false }
        return true
    }
}
