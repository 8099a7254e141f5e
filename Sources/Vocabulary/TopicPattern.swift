// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A topic filter whose wildcards may be named: `factory/+line/machines/+machine/#rest`.
///
/// Wildcards follow MQTT 5.0 section 4.7: `+` is one level, `#` the rest and stands last, and neither
/// matches a topic that begins with `$` unless the pattern does.
public struct TopicPattern: Hashable, Sendable {
    /// One level of a pattern.
    public enum Level: Hashable, Sendable {
        /// A level that must be exactly this.
        case exact(String)
        /// Any one level, captured under the name if it has one.
        case one(name: String?)
        /// All remaining levels, captured under the name if it has one.
        case rest(name: String?)
    }

    /// What is wrong with a pattern, and at which character (from 0).
    public struct Malformed: Error, Equatable, Sendable {
        /// What is wrong.
        public var message: String
        /// Where, in characters from 0.
        public var offset: Int
    }

    /// The text it was made from.
    public let source: String
    /// Its levels.
    public let levels: [Level]

    /// Reads a pattern.
    public init(_ source: String) throws(Malformed) {
        guard !source.isEmpty else {
            throw Malformed(message: "a topic may not be empty", offset: 0)
        }
        var levels: [Level] = []
        var names: Set<String> = []
        var offset = 0
        let parts = source.split(separator: "/", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let level = try Self.level(part, offset: offset)
            if case .rest = level, index != parts.count - 1 {
                throw Malformed(message: "`#` may only stand at the end", offset: offset)
            }
            if let name = Self.name(of: level), !names.insert(name).inserted {
                throw Malformed(message: "`\(name)` names two levels", offset: offset)
            }
            levels.append(level)
            offset += part.count + 1
        }
        self.source = source
        self.levels = levels
    }

    /// The filter to subscribe with: the pattern without names.
    public var filter: String {
        levels.map { level in
            switch level {
            case .exact(let text): text
            case .one: "+"
            case .rest: "#"
            }
        }.joined(separator: "/")
    }

    /// The names of its captures, in order.
    public var names: [String] { levels.compactMap(Self.name(of:)) }

    /// What the named wildcards stand for in `topic`, in the order of `names`; nil when it does not match.
    ///
    /// Levels are compared byte by byte, as brokers do (MQTT 5.0, section 4.7.3).
    public func captures(in topic: String) -> [String]? {
        var topic = topic
        return topic.withUTF8 { captures(in: $0) }
    }

    private func captures(in topic: UnsafeBufferPointer<UInt8>) -> [String]? {
        if topic.first == UInt8(ascii: "$"), source.utf8.first != UInt8(ascii: "$") {
            return nil
        }
        var captures: [String] = []
        // Where the next level begins; behind the end when there is none.
        var start = 0
        for level in levels {
            if case .rest(let name) = level {
                let rest = UnsafeBufferPointer(rebasing: topic[min(start, topic.count)...])
                if name != nil { captures.append(String(decoding: rest, as: UTF8.self)) }
                return captures
            }
            guard start <= topic.count else { return nil }
            var end = start
            while end < topic.count, topic[end] != UInt8(ascii: "/") { end += 1 }
            let part = UnsafeBufferPointer(rebasing: topic[start..<end])
            start = end + 1
            switch level {
            case .exact(let text):
                guard text.utf8.count == part.count, text.utf8.elementsEqual(part) else {
                    return nil
                }
            case .one(let name):
                if name != nil { captures.append(String(decoding: part, as: UTF8.self)) }
            case .rest: break
            }
        }
        return start > topic.count ? captures : nil
    }

    private static func level(_ part: Substring, offset: Int) throws(Malformed) -> Level {
        guard let mark = part.first, mark == "+" || mark == "#" else {
            if let bad = part.firstIndex(where: { $0 == "+" || $0 == "#" }) {
                let distance = part.distance(from: part.startIndex, to: bad)
                throw Malformed(
                    message: "`\(part[bad])` must fill a whole level",
                    offset: offset + distance
                )
            }
            return .exact(String(part))
        }
        let name = part.dropFirst()
        let isName = name.utf8.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "_"):
                true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): index > 0
            default: false
            }
        }
        guard isName else {
            throw Malformed(message: "`\(name)` is not a name for a level", offset: offset + 1)
        }
        let capture = name.isEmpty ? nil : String(name)
        return mark == "+" ? .one(name: capture) : .rest(name: capture)
    }

    private static func name(of level: Level) -> String? {
        switch level {
        case .exact: nil
        case .one(let name), .rest(let name): name
        }
    }
}
