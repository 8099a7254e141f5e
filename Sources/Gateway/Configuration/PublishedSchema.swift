// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Settings

/// The kinds of file whose JSON Schema is published.
public enum PublishedSchema: String, CaseIterable, Sendable {
    /// `policy.yaml`.
    case policy
    /// `sluice.yaml`.
    case config
    /// `tests.yaml`.
    case tests
    /// `model.yaml`.
    case model

    /// The schema as JSON text.
    public var json: String { String(decoding: document.json(), as: UTF8.self) }

    /// The kind of file as a chapter of Markdown: every key with its form, its default and a sentence.
    public var markdown: String { document.markdown() }

    /// All kinds as one page of the guides.
    public static var reference: String {
        """
        # Every key of every file

        What `sluice schema --markdown` prints: each key that a file may have, read out of the code that reads the files.

        What the keys are for, by example: <doc:Configuration>. A table is one mapping; in its title `*` stands for a
        name of your own, `[]` for each item of a list. A key without which a file is refused says so under "without
        it"; where that is empty, nothing holds. Durations and sizes carry their unit: `250ms`, `2s`, `7d`; `64KiB`, `1GiB`.
        Some values have limits of their own, which `sluice check` tells. This page is not written by hand.


        """ + [config, policy, tests, model].map(\.markdown).joined(separator: "\n")
    }

    private var document: SchemaDocument {
        switch self {
        case .policy: .policy
        case .config: .configuration
        case .tests: .policyTests
        case .model: .model
        }
    }
}
