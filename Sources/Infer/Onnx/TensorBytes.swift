// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The elements of one tensor in memory of their own, as the model takes them.
final class TensorBytes {
    let dimensions: [Int]
    let bytes: UnsafeMutableRawBufferPointer

    /// Copies `tensor`, its numbers converted to `element`.
    init(_ tensor: Tensor, as element: TensorElement?) throws(OnnxError) {
        dimensions = tensor.dimensions
        switch (element, tensor.elements) {
        case (.float32, .float32(let elements)): bytes = Self.copy(elements)
        case (.float32, .float64(let elements)): bytes = Self.copy(elements.map { Float($0) })
        case (.float32, .int64(let elements)): bytes = Self.copy(elements.map { Float($0) })
        case (.float64, .float32(let elements)): bytes = Self.copy(elements.map { Double($0) })
        case (.float64, .float64(let elements)): bytes = Self.copy(elements)
        case (.float64, .int64(let elements)): bytes = Self.copy(elements.map { Double($0) })
        case (.int64, .int64(let elements)): bytes = Self.copy(elements)
        default:
            let wanted = element?.rawValue ?? "a kind of element this server does not read"
            throw OnnxError(.badTensor, "input `\(tensor.name)`: the model takes \(wanted)")
        }
    }

    deinit {
        bytes.deallocate()
    }

    private static func copy<Element: BitwiseCopyable>(
        _ elements: [Element]
    ) -> UnsafeMutableRawBufferPointer {
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: elements.count * MemoryLayout<Element>.stride,
            alignment: 64
        )
        elements.withUnsafeBytes { bytes.copyMemory(from: $0) }
        return bytes
    }
}

extension Tensor {
    /// Copies the elements of a tensor of the runtime's; only numbers.
    init(name: String, of runtime: OnnxRuntime, copying pointer: OpaquePointer) throws(OnnxError) {
        let view = OnnxTensorView(runtime: runtime, pointer: pointer)
        let (element, dimensions) = try view.shape()
        let count = dimensions.reduce(1, *)
        self.name = name
        self.dimensions = dimensions
        switch element {
        case .float32:
            elements = .float32(Array(try view.elements(as: Float.self, count: count)))
        case .float64:
            elements = .float64(Array(try view.elements(as: Double.self, count: count)))
        case .int64:
            elements = .int64(Array(try view.elements(as: Int64.self, count: count)))
        case .text, nil:
            throw OnnxError(.badTensor, "output `\(name)` holds no numbers")
        }
    }
}
