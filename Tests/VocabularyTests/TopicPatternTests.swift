// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@Suite struct TopicPatternTests {
    @Test func `subscribes with the pattern less its names`() throws {
        let pattern = try TopicPattern("factory/+line/machines/+/vibration/#rest")
        #expect(pattern.filter == "factory/+/machines/+/vibration/#")
        #expect(pattern.names == ["line", "rest"])
    }

    @Test(arguments: [
        ("a/+x/c", "a/b/c", ["b"]),
        ("a/+x/c", "a//c", [""]),
        ("a/#rest", "a/b/c", ["b/c"]),
        ("a/#rest", "a", [""]),
        ("#", "a/b", []),
        ("+x", "", [""]),
        ("+x/+y", "/", ["", ""]),
        ("+x/#rest", "halle/süd/öl", ["halle", "süd/öl"]),
        // A mark that combines with the slash does not hide it.
        ("+x/+y", "a/\u{301}b", ["a", "\u{301}b"]),
        ("$SYS/+x", "$SYS/uptime", ["uptime"]),
    ])
    func `captures what the named wildcards stand for`(
        pattern: String,
        topic: String,
        captures: [String]
    ) throws {
        #expect(try TopicPattern(pattern).captures(in: topic) == captures)
    }

    @Test(arguments: [
        ("a/+x/c", "a/b"), ("a/+x/c", "a/b/c/d"), ("a/b", "a/B"), ("+x", "$SYS"), ("#", "$SYS/a"),
        ("a/b/#", "a"), ("a/b", "a/b/"), ("a/b", "a"),
        // Spelled otherwise: MQTT compares bytes.
        ("caf\u{E9}/+x", "cafe\u{301}/1"),
    ])
    func `does not match another topic`(pattern: String, topic: String) throws {
        #expect(try TopicPattern(pattern).captures(in: topic) == nil)
    }

    @Test(arguments: [
        ("", 0), ("a/#/b", 2), ("a/b+", 3), ("a/+1x", 3), ("+x/+x", 3), ("a/#x y", 3),
    ])
    func `says where a pattern is malformed`(pattern: String, offset: Int) throws {
        let malformed = try #require(throws: TopicPattern.Malformed.self) {
            try TopicPattern(pattern)
        }
        #expect(malformed.offset == offset)
    }
}
