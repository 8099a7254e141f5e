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

    @Test func `prints a file alone when no line is meant`() {
        let diagnostic = Diagnostic(.warning, "it is empty", file: "tests.yaml")
        #expect(diagnostic.rendered(sourceLine: nil) == "tests.yaml: warning: it is empty")
    }
}
