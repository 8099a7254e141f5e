// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Collects what is wrong with one settings file, so that everything can be reported at once.
public final class Problems {
    /// What has been found so far, in the order it was found.
    public private(set) var diagnostics: [Diagnostic] = []

    /// Makes an empty collection.
    public init() {}

    /// True when something found keeps the file from being used.
    public var hasErrors: Bool {
        diagnostics.contains { $0.severity == .error }
    }

    /// Adds a finding; the same finding twice (an alias read in two places) is kept once.
    public func add(_ diagnostic: Diagnostic) {
        guard !diagnostics.contains(diagnostic) else { return }
        diagnostics.append(diagnostic)
    }

    /// Takes back a finding that another one explains better.
    func remove(_ diagnostic: Diagnostic) {
        diagnostics.removeAll { $0 == diagnostic }
    }

    /// What has been found, in the order of the lines.
    public var sorted: [Diagnostic] {
        diagnostics.enumerated().sorted { left, right in
            let (a, b) = (left.element, right.element)
            return (a.line, a.column, left.offset) < (b.line, b.column, right.offset)
        }.map(\.element)
    }
}
