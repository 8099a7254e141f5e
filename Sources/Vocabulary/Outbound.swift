// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What may leave the site about one reading: made in one place, from the policy's allow-list.
///
/// Stages that talk to the outside accept only this type, so that a field the policy does not name
/// cannot leave by mistake (guarantee G8).
public struct Outbound: Hashable, Sendable {
    /// One named tensor of a single reading: its batch dimension is added when requests are made.
    public struct Tensor: Hashable, Sendable {
        /// The name the endpoint's model gives its input.
        public var name: String
        /// The values of one reading, flat.
        public var values: [Float]
        /// The shape of one reading's values, such as a frame's channels, height and width; nil where they
        /// stand in a row.
        public var dimensions: [Int]?

        /// Makes a tensor.
        public init(name: String, values: [Float], dimensions: [Int]? = nil) {
            self.name = name
            self.values = values
            self.dimensions = dimensions
        }

        /// The shape of one reading's values, in full.
        public var shape: [Int] { dimensions ?? [values.count] }
    }

    /// The inputs for the cloud's model.
    public var tensors: [Tensor]

    /// Makes what may leave; called only where the allow-list is applied.
    public init(tensors: [Tensor]) {
        self.tensors = tensors
    }
}
