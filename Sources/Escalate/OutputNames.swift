// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The names of the outputs that carry the answer; an output not named is found by its type.
public struct OutputNames: Hashable, Sendable {
    /// The output with the label: text, or a whole number that is an index into the labels.
    public var label: String?
    /// The output with one probability a label.
    public var probabilities: String?

    /// Makes a set of names.
    public init(label: String? = nil, probabilities: String? = nil) {
        self.label = label
        self.probabilities = probabilities
    }
}
