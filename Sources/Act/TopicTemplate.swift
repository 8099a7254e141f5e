// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Why no topic can be made for an effect.
public struct TopicError: Error, Hashable, Sendable {
    /// What is wrong, without a full stop.
    public var message: String

    /// Makes an error.
    public init(_ message: String) {
        self.message = message
    }
}

/// A topic with named places, filled so that no value can turn it into another kind of topic.
///
/// Values come from devices and models: none may bring a wildcard, a control character or an empty
/// level, and none may make the topic one of the broker's own (`$…`). A value may hold `/`, because
/// devices are often called `line/machine`; it then is as many levels below the text before it.
/// Topic names are those of MQTT 5.0 section 4.7.
public struct TopicTemplate: Hashable, Sendable {
    /// The template.
    public let template: Template

    /// Makes one; what it says itself is checked as well.
    public init(_ template: Template) throws(TopicError) {
        self.template = template
        for case .text(let text) in template.pieces {
            guard text.unicodeScalars.allSatisfy(Self.isAllowed) else {
                throw TopicError("a topic may not hold `+`, `#` or control characters")
            }
        }
        guard let first = template.pieces.first else {
            throw TopicError("a topic may not be empty")
        }
        if case .text(let text) = first, text.utf8.first == UInt8(ascii: "$") {
            throw TopicError("topics that begin with `$` are the broker's own")
        }
    }

    /// The topic with its places filled.
    public func topic(_ value: (String) -> String?) throws(TopicError) -> String {
        var topic = ""
        for piece in template.pieces {
            switch piece {
            case .text(let text): topic += text
            case .place(let name):
                guard let text = value(name) else {
                    throw TopicError("`{\(name)}` has no value for the topic")
                }
                try Self.check(text, name)
                topic += text
            }
        }
        guard topic.utf8.first != UInt8(ascii: "$") else {
            throw TopicError("topics that begin with `$` are the broker's own")
        }
        guard topic.utf8.count <= 65_535 else {
            throw TopicError("a topic has at most 65535 bytes")
        }
        return topic
    }

    private static func check(_ text: String, _ name: String) throws(TopicError) {
        var hasEmptyLevel = false
        var isPlain = true
        var last = UInt8(ascii: "/")
        for byte in text.utf8 {
            if byte == UInt8(ascii: "/"), last == byte { hasEmptyLevel = true }
            // What is not ASCII is looked at by its scalars.
            if byte >= 0x80 || !isAllowed(Unicode.Scalar(byte)) { isPlain = false }
            last = byte
        }
        guard isPlain || text.unicodeScalars.allSatisfy(isAllowed) else {
            throw TopicError("`{\(name)}` holds a character that a topic may not")
        }
        guard !hasEmptyLevel, last != UInt8(ascii: "/") else {
            throw TopicError("`{\(name)}` is empty, or has an empty level")
        }
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x23, 0x2B, 0..<0x20, 0x7F..<0xA0: false
        // Non-characters: a broker may close the connection over them (MQTT 5.0 section 1.5.4).
        case 0xFDD0...0xFDEF: false
        default: scalar.value & 0xFFFE != 0xFFFE
        }
    }
}
