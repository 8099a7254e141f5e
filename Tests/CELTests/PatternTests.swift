// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Testing

/// `matches` in RE2's syntax.
@Suite struct PatternTests {
    private func matches(_ text: String, _ pattern: String) throws -> Bool {
        let bindings: KeyValuePairs<String, Value> = ["t": .string(text), "p": .string(pattern)]
        return try evaluated("t.matches(p)", with: bindings) == true
    }

    @Test(arguments: [
        ("hubba", "ubb"), ("", "^$"), ("abc", "^a.c$"), ("a\nb", "(?s)^a.b$"), ("aaa", "^a{2,3}$"),
        ("x-17", "^\\w-\\d+$"), ("Straße", "(?i)STRASSE|straße"), ("foo bar", "\\bbar\\b"),
        ("k=v", "^[^=]+=[[:alpha:]]$"), ("été", "^\\pL+$"), ("a.b", "^\\Qa.b\\E$"),
        ("a{,2}", "^a{,2}$"), ("]", "^[]]$"), ("-", "^[a-]$"), ("ab", "^(?P<n>a)(?:b|c)$"),
        ("x\ny", "(?m)^y$"), ("abcd", "^(a|ab)(c|bcd)$"), ("", "(a*)*"), ("\u{1F600}", "^.$"),
        ("ac", "^ab??c$"), ("K", "(?i)^[j-l]$"), ("A", "\\x41"), ("😀", "\\x{1F600}"),
        ("αβγ", "^\\p{Greek}+$"), ("日本", "^\\p{Han}{2}$"), ("привет", "^\\p{Cyrillic}+$"),
        ("a", "^\\P{Greek}$"), ("a", "^\\p{^Greek}$"), ("é", "^(?i)\\p{Lu}$"), ("ſ", "(?i)^S$"),
        ("\u{212A}", "(?i)^k$"), ("k", "(?i)^\u{212A}$"), ("ς", "(?i)^Σ$"),
        ("a1_", "^[[:word:]]+$"),
        ("a-", "^[[:^digit:]\\-]+$"), ("ab", "(?U)^a.*b$"), ("aB", "^a(?i:b)$"),
        ("ab", "^(?<n>ab)$"),
        ("a.b", "^a\\.b$"), ("\u{0B}", "^\\v$"), ("\u{07}", "^\\a$"), ("x_y", "^x\\_y$"),
        ("a\nb", "(?ms)^b$"), ("α1", "^[\\p{Greek}\\d]+$"), ("A", "^\\101$"),
    ])
    func `matches`(text: String, pattern: String) throws {
        #expect(try matches(text, pattern))
    }

    @Test(arguments: [
        ("abc", "^b"), ("a\nb", "^a.b$"), ("aaaa", "^a{2,3}$"), ("ABC", "abc"),
        ("foobar", "\\bbar"),
        ("K", "(?i)^[^k]$"), ("", "."), ("1", "^\\pL$"), ("x\ny", "^y$"), ("a", "^\\p{Greek}$"),
        ("α", "^\\P{Greek}$"), ("é", "^\\p{Lu}$"), ("aB", "^(?i:a)b$"),
    ])
    func `does not match`(text: String, pattern: String) throws {
        #expect(try !matches(text, pattern))
    }

    @Test(arguments: [
        "(", ")", "[", "[z-a]", "*", "a**", "a{2,1}", "a{1001}", "\\1", "(?=a)", "(?!a)", "(?<=a)",
        "\\", "\\y", "[[:nope:]]", "\\p{Klingon}", "\\C", "\\Z", "(?z)",
        "((((a{100}){100}){100}){100})",
        "(((((){1000}){1000}){1000}){1000})", "\\x{110000}",
    ])
    func `refuses`(pattern: String) throws {
        #expect(try failure("'a'.matches(p)", with: ["p": .string(pattern)]) == .pattern)
    }

    @Test func `takes linear time where back-tracking would take forever`() throws {
        let text = String(repeating: "a", count: 5_000)
        #expect(try !matches(text, "^(a+)+$b"))
        #expect(try !matches(text, "(a|aa)*c"))
        #expect(try failure("t.matches('(x+x+)+y')", with: ["t": .string(text)]) == nil)
    }

    @Test func `pays for long texts and large patterns`() throws {
        let text = Value.string(String(repeating: "a", count: 1_000_000))
        #expect(try failure("t.matches('(.{0,500}){2}b')", with: ["t": text]) == .cost)
    }
}
