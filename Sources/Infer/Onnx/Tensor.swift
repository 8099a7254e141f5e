// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The kinds of element a tensor can have here, by their names in the Open Inference Protocol.
public enum TensorElement: String, Sendable {
    /// 32-bit floating point.
    case float32 = "FP32"
    /// 64-bit floating point.
    case float64 = "FP64"
    /// 64-bit signed integer.
    case int64 = "INT64"
    /// Text.
    case text = "BYTES"
}

/// A model's input or output: its name, what it holds, and its shape.
public struct TensorShape: Equatable, Sendable {
    /// The tensor's name in the model.
    public var name: String
    /// What it holds; nil when that is a kind this engine does not read.
    public var element: TensorElement?
    /// The dimensions; -1 where the model leaves one free.
    public var dimensions: [Int]

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
    /// The elements of a tensor.
    public enum Elements: Equatable, Sendable {
        /// 32-bit floating point.
        case float32([Float])
        /// 64-bit floating point.
        case float64([Double])
        /// 64-bit signed integers.
        case int64([Int64])
        /// Texts.
        case text([String])

        /// How many there are.
        public var count: Int {
            switch self {
            case .float32(let elements): elements.count
            case .float64(let elements): elements.count
            case .int64(let elements): elements.count
            case .text(let elements): elements.count
            }
        }
    }

    /// The tensor's name in the model.
    public var name: String
    /// The dimensions, all known.
    public var dimensions: [Int]
    /// The elements in row-major order.
    public var elements: Elements

    /// Makes a tensor; the product of `dimensions` is the number of elements.
    public init(name: String, dimensions: [Int], elements: Elements) {
        self.name = name
        self.dimensions = dimensions
        self.elements = elements
    }
}
