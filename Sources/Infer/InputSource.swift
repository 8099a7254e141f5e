// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What the rows of one input tensor are made of, as `model.yaml` says; not joined with any fields yet.
enum InputSource: Sendable {
    /// Numbers, one feature after the other.
    case features([PlacedFeature])

    /// The fields it reads.
    var fields: Set<String> {
        switch self {
        case .features(let features): Set(features.map(\.expression.field))
        }
    }
}
