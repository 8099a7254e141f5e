// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A model's input or output: its name, what it holds, and its shape.
public struct TensorShape: Equatable, Sendable {
    /// The tensor's name in the model.
    public var name: String
    /// What it holds; nil when that is a kind this engine does not read.
    public var element: TensorElement?
    /// The dimensions; -1 where the model leaves one free.
    public var dimensions: [Int]
    /// The names the model gives its dimensions, empty for one without; none where nobody asked.
    public var dimensionNames: [String] = []

    /// Makes a shape.
    public init(name: String, element: TensorElement?, dimensions: [Int]) {
        self.name = name
        self.element = element
        self.dimensions = dimensions
    }

    /// How many elements one row has; nil when a dimension after the first is free.
    var rowWidth: Int? {
        var width = 1
        for dimension in dimensions.dropFirst() {
            guard dimension > 0, width <= Int.max / dimension else { return nil }
            width *= dimension
        }
        return width
    }
}

/// A tensor with its elements, row after row.
public struct Tensor: Equatable, Sendable {
    /// The elements of a tensor, in a kind that holds all of their values.
    public enum Elements: Equatable, Sendable {
        /// Floating point numbers of up to 32 bits.
        case float32([Float])
        /// 64-bit floating point.
        case float64([Double])
        /// Whole numbers that 64 bits hold with a sign.
        case int64([Int64])
        /// 64-bit unsigned integers.
        case uint64([UInt64])
        /// Truth values.
        case flags([Bool])
        /// Texts.
        case text([String])

        /// How many there are.
        public var count: Int {
            switch self {
            case .float32(let elements): elements.count
            case .float64(let elements): elements.count
            case .int64(let elements): elements.count
            case .uint64(let elements): elements.count
            case .flags(let elements): elements.count
            case .text(let elements): elements.count
            }
        }

        /// The kind of element that they are by themselves.
        var kind: TensorElement {
            switch self {
            case .float32: .float32
            case .float64: .float64
            case .int64: .int64
            case .uint64: .uint64
            case .flags: .flag
            case .text: .text
            }
        }
    }

    /// The tensor's name in the model.
    public var name: String
    /// The dimensions, all known.
    public var dimensions: [Int]
    /// What the elements are in the model, which may be narrower than what holds them here.
    public var element: TensorElement
    /// The elements in row-major order.
    public var elements: Elements

    /// Makes a tensor; the product of `dimensions` is the number of elements.
    public init(
        name: String,
        dimensions: [Int],
        elements: Elements,
        element: TensorElement? = nil
    ) {
        self.name = name
        self.dimensions = dimensions
        self.elements = elements
        self.element = element ?? elements.kind
    }
}

extension [Int] {
    /// How many elements a tensor of these dimensions has, open ones aside; nil when that is beyond what
    /// any row here has: what a file says of itself may be anything.
    var elementCount: Int? {
        var count = 1
        for dimension in self where dimension >= 0 {
            let (product, overflows) = count.multipliedReportingOverflow(by: dimension)
            guard !overflows, product <= 1 << 28 else { return nil }
            count = product
        }
        return count
    }
}
