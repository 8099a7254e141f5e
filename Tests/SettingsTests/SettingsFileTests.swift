// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Testing
import Vocabulary

@Suite struct `Settings file` {
    @Test func `duplicate keys are reported with both places and hide nothing else`() {
        let text = """
            a: 1
            inner:
              key: x
              other: y
              key: z
            a: 2
            b: 2
            """
        let found = findings(in: text) { root in
            #expect(root.optionalInteger("a") == 1)
            let inner = root.mapping("inner")
            #expect(inner.optionalString("key") == "x")
            _ = inner.optionalString("other")
        }
        #expect(
            found == [
                "5:3+3 error: `key` is set twice; the first time on line 3",
                "6:1 error: `a` is set twice; the first time on line 1",
                "7:1 error: unknown key `b`; known here: `a`, `inner`",
            ]
        )
    }

    @Test func `syntax errors have a place and a hint`() {
        #expect(
            findings(in: "a: 1\nb: c: d\n") == [
                "2:5 error: YAML: mapping values are not allowed in this context; put quotes "
                    + "around a text that contains `: `, and check the indentation"
            ]
        )
        #expect(
            findings(in: "a:\n\tb: 1\n") == [
                "2:1 error: YAML: found character that cannot start any token; "
                    + "indent with spaces, not tabs"
            ]
        )
        #expect(findings(in: "a: @x\n").first?.hasSuffix("that begins with `@`") == true)
        #expect(findings(in: "a: *x\n").first?.hasPrefix("1:4") == true)
        #expect(findings(in: "a: [1, 2\n").count == 1)
    }

    @Test func `an exclamation mark is a tag, and the hint says so`() {
        let found = findings(in: "when: !cloud.up\n") { _ = $0.string("when") }
        #expect(
            found == [
                "1:7 error: YAML reads `!cloud.up` as a tag; put quotes around a text that "
                    + "begins with `!`"
            ]
        )
    }

    @Test func `empty, listed, foreign and oversized files are refused`() {
        #expect(findings(in: "") == ["1:1 error: the file is empty"])
        #expect(
            findings(in: "- a\n- b\n") == [
                "1:1 error: the file must be a mapping of keys to values; found a list"
            ]
        )
        let (none, problems) = SettingsFile.parse([0x61, 0x0A, 0xFF], shownAs: "x.yaml")
        #expect(none == nil)
        #expect(problems.map(shown) == ["2:1 error: the file is not UTF-8 text; save it as UTF-8"])
        let (big, found) = SettingsFile.parse(
            Array("a: 1234567890".utf8),
            shownAs: "x.yaml",
            limits: SettingsLimits(bytes: 8)
        )
        #expect(big == nil)
        #expect(found.map(\.message) == ["the file is larger than 8B"])
    }

    @Test func `a missing file and a folder say so`() {
        let (none, missing) = SettingsFile.read(path: "/nonexistent/x.yaml", shownAs: "x.yaml")
        #expect(none == nil)
        #expect(missing.map { $0.rendered() } == ["x.yaml: error: there is no such file"])
        let (folder, problems) = SettingsFile.read(path: "/", shownAs: "x.yaml")
        #expect(folder == nil)
        #expect(problems.map(\.message) == ["this is not a regular file"])
    }

    @Test func `aliases and merge keys are expanded`() {
        let text = """
            one: &one { url: x, timeout: 1s }
            two: { <<: *one, timeout: 2s }
            """
        let found = findings(in: text) { root in
            #expect(root.mapping("one").optionalDuration("timeout") == .seconds(1))
            #expect(root.mapping("two").optionalDuration("timeout") == .seconds(2))
            #expect(root.mapping("one").string("url") == "x")
            #expect(root.mapping("two").string("url") == "x")
        }
        #expect(found.isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func `a billion laughs is refused at once`() {
        var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
        for level in 1...12 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect(findings(in: text).first?.contains("more than 50000 values") == true)
    }

    @Test(.timeLimit(.minutes(1))) func `laughs inside keys are refused before they are compared`()
    {
        var text = "a0: &a0 [lol, lol]\n"
        for level in 1...64 {
            text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
        }
        let hint = "1:1 error: an alias stands inside a key; write the key out"
        #expect(findings(in: text + "? *a64\n: x\n") == [hint])
        #expect(findings(in: text + "*a64 : x\n") == [hint])
        #expect(findings(in: text + "? [*a64]\n: x\n") == [hint])
        #expect(findings(in: text + "{ k: [*a64] }: x\n") == [hint])
    }

    @Test func `nesting is bounded`() {
        let deep = "a: " + String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        #expect(findings(in: deep).first?.contains("deeper than 32 levels") == true)
        let bomb = "a: " + String(repeating: "[", count: 100_000)
        #expect(findings(in: bomb).count == 1)
    }

    @Test func `any bytes give a file or a finding`() {
        var seed: UInt64 = 42
        let alphabet = Array("a: &*!|>'\"{}[],-?#%@`\n\t\\x0\u{85}é".utf8)
        for _ in 0..<3_000 {
            var bytes: [UInt8] = []
            for _ in 0..<40 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes.append(alphabet[Int(seed >> 33) % alphabet.count])
            }
            let (file, problems) = SettingsFile.parse(bytes, shownAs: "x.yaml")
            #expect(file != nil || !problems.isEmpty)
            file?.root.finish()
        }
    }
}
