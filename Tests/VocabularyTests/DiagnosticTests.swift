// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@Suite struct DiagnosticTests {
    @Test func `prints the place, the line and a caret under it`() {
        let diagnostic = Diagnostic(
            .error,
            "unknown variable `confidnce`",
            hint: "did you mean `confidence`?",
            file: "policy.yaml",
            line: 9,
            column: 11,
            length: 9
        )
        #expect(
            diagnostic.rendered(sourceLine: "    when: confidnce >= threshold") == """
                policy.yaml:9:11: error: unknown variable `confidnce`; did you mean `confidence`?
                   9 |     when: confidnce >= threshold
                     |           ^~~~~~~~~
                """
        )
    }

    @Test func `shows of a long line what stands around the place`() {
        let line = String(repeating: "a", count: 300) + "WRONG" + String(repeating: "b", count: 300)
        let diagnostic = Diagnostic(.error, "no", file: "f", line: 1, column: 301, length: 5)
        let lines = diagnostic.rendered(sourceLine: line).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.count < 180 })
        #expect(lines[1].hasPrefix("   1 | …aaa") && lines[1].hasSuffix("b…"))
        let caret = lines[2].firstIndex(of: "^").map {
            lines[2].distance(from: lines[2].startIndex, to: $0)
        }
        let word = lines[1].firstRange(of: "WRONG").map {
            lines[1].distance(from: lines[1].startIndex, to: $0.lowerBound)
        }
        #expect(caret == word)
        #expect(lines[2].hasSuffix("^~~~~"))
        let whole = Diagnostic(.error, "no", file: "f", line: 1, column: 301, length: 10_000)
        #expect(whole.rendered(sourceLine: line).count < 500)
        let long = Diagnostic(.error, String(repeating: "m", count: 5_000), file: "f")
        #expect(long.rendered().count < 1_100)
    }

    @Test func `prints a file alone when no line is meant`() {
        let diagnostic = Diagnostic(.warning, "it is empty", file: "tests.yaml")
        #expect(diagnostic.rendered(sourceLine: nil) == "tests.yaml: warning: it is empty")
    }
}
