// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A compiled regular expression.
struct Pattern: Sendable {
    init(_ source: String) throws(EvaluationError) {
        throw EvaluationError(code: .pattern, message: "not yet")
    }

    func matches(_ text: String, in frame: Frame) throws(EvaluationError) -> Bool {
        false
    }
}
