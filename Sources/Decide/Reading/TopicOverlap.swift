// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
public import Vocabulary

/// A topic that an action publishes to, with the place where it is written.
struct PublishedTopic {
    var template: Template
    /// The places that may stand for several levels.
    var captures: Set<String>
    var isRetained = false
    var node: SettingsNode
}

/// Tells whether two sets of topics can have one in common.
public enum TopicOverlap {
    /// One level of a set of topics.
    private enum Level {
        case exact(Substring)
        /// A level with a place in it: what stands before the first and after the last one.
        case partly(prefix: String, suffix: String)
        /// One level or more.
        case some
        /// The rest, even nothing.
        case rest
    }

    /// True when a topic can match both filters.
    public static func of(_ left: String, _ right: String) -> Bool {
        overlap(levels(filter: left)[...], levels(filter: right)[...])
    }

    /// True when what `template` stands for can match `filter`; `longPlaces` may stand for several levels.
    public static func of(
        _ template: Template,
        longPlaces: Set<String>,
        _ filter: String
    ) -> Bool {
        overlap(levels(template, longPlaces)[...], levels(filter: filter)[...])
    }

    /// True when what `topic` stands for can match `filter`.
    static func of(_ topic: PublishedTopic, _ filter: String) -> Bool {
        of(topic.template, longPlaces: topic.captures, filter)
    }

    private static func levels(filter: String) -> [Level] {
        let parts = filter.split(separator: "/", omittingEmptySubsequences: false)
        // A shared subscription is about the filter behind its group's name.
        let isShared = parts.first == "$share" && parts.count > 2
        return parts.dropFirst(isShared ? 2 : 0).map { part in
            switch part {
            case "+": .partly(prefix: "", suffix: "")
            case "#": .rest
            default: .exact(part)
            }
        }
    }

    private static func levels(_ template: Template, _ longPlaces: Set<String>) -> [Level] {
        var levels: [Level] = []
        var text = ""
        var prefix: String?
        var isLong = false
        func close() {
            if isLong {
                levels.append(.some)
            } else if let prefix {
                levels.append(.partly(prefix: prefix, suffix: text))
            } else {
                levels.append(.exact(Substring(text)))
            }
            text = ""
            prefix = nil
            isLong = false
        }
        for piece in template.pieces {
            switch piece {
            case .place(let name):
                prefix = prefix ?? text
                text = ""
                isLong = isLong || longPlaces.contains(name)
            case .text(let part):
                for character in part {
                    if character == "/" { close() } else { text.append(character) }
                }
            }
        }
        close()
        return levels
    }

    private static func overlap(_ left: ArraySlice<Level>, _ right: ArraySlice<Level>) -> Bool {
        if case .rest = left.first { return true }
        if case .rest = right.first { return true }
        guard let a = left.first, let b = right.first else { return left.isEmpty && right.isEmpty }
        if case .some = a {
            return overlap(left.dropFirst(), right.dropFirst()) || overlap(left, right.dropFirst())
        }
        if case .some = b {
            return overlap(left.dropFirst(), right.dropFirst()) || overlap(left.dropFirst(), right)
        }
        return meet(a, b) && overlap(left.dropFirst(), right.dropFirst())
    }

    private static func meet(_ left: Level, _ right: Level) -> Bool {
        switch (left, right) {
        case (.exact(let a), .exact(let b)):
            a == b
        case (.exact(let text), .partly(let prefix, let suffix)),
            (.partly(let prefix, let suffix), .exact(let text)):
            text.hasPrefix(prefix) && text.hasSuffix(suffix)
                && text.count >= prefix.count + suffix.count
        default:
            true
        }
    }
}
