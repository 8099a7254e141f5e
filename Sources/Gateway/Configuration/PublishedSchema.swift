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
    public var json: String {
        let document: SchemaDocument =
            switch self {
            case .policy: .policy
            case .config: .configuration
            case .tests: .policyTests
            case .model: .model
            }
        return String(decoding: document.json(), as: UTF8.self)
    }
}
