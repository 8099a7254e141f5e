// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The elements of one tensor as the model takes them, in a value of the runtime's.
final class TensorBytes {
    let dimensions: [Int]
    let value: OnnxValue
    private let bytes: UnsafeMutableRawBufferPointer

    /// Copies `tensor`, its numbers converted to `element`.
    init(
        _ tensor: Tensor,
        as element: TensorElement?,
        runtime: OnnxRuntime
    ) throws(OnnxError) {
        dimensions = tensor.dimensions
        guard let element else {
            throw OnnxError(
                .badTensor,
                "input `\(tensor.name)`: the model takes a kind of element this server does not read"
            )
        }
        if case .text(let texts) = tensor.elements, element == .text {
            value = try OnnxValue(texts: runtime, dimensions: tensor.dimensions)
            bytes = .allocate(byteCount: 0, alignment: 1)
            for (index, text) in texts.enumerated() { try value.fill(index, with: text) }
            return
        }
        let size = element.byteCount ?? 0
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(1, tensor.elements.count * size),
            alignment: 64
        )
        do throws(OnnxError) {
            guard size > 0, Self.copy(tensor.elements, element, bytes) else {
                throw OnnxError(
                    .badTensor,
                    "input `\(tensor.name)`: the model takes \(element.words)"
                )
            }
            value = try OnnxValue(
                runtime: runtime,
                over: UnsafeMutableRawBufferPointer(
                    rebasing: bytes[..<(tensor.elements.count * size)]
                ),
                element: element,
                dimensions: tensor.dimensions
            )
        } catch {
            bytes.deallocate()
            throw error
        }
        self.bytes = bytes
    }

    deinit {
        bytes.deallocate()
    }

    /// Converts numbers; false when one of them is no element of that kind.
    private static func copy(
        _ elements: Tensor.Elements,
        _ element: TensorElement,
        _ bytes: UnsafeMutableRawBufferPointer
    ) -> Bool {
        guard let memory = bytes.baseAddress else { return false }
        switch elements {
        case .float32(let numbers):
            return numbers.withUnsafeBufferPointer { element.write($0, to: memory) }
        case .float64(let numbers):
            return numbers.withUnsafeBufferPointer { element.write($0, to: memory) }
        case .int64(let numbers):
            // Not by way of a floating point number: it holds whole numbers to 2⁵³ only.
            if element == .int64 {
                numbers.withUnsafeBytes { bytes.copyMemory(from: $0) }
                return true
            }
            let precise = numbers.map { Double($0) }
            return precise.withUnsafeBufferPointer { element.write($0, to: memory) }
        case .uint64(let numbers):
            if element == .uint64 {
                numbers.withUnsafeBytes { bytes.copyMemory(from: $0) }
                return true
            }
            let precise = numbers.map { Double($0) }
            return precise.withUnsafeBufferPointer { element.write($0, to: memory) }
        case .flags(let flags):
            let numbers = flags.map { $0 ? Float(1) : 0 }
            return numbers.withUnsafeBufferPointer { element.write($0, to: memory) }
        case .text:
            return false
        }
    }
}

extension Tensor {
    /// How many elements an output that is copied may have.
    private static let elementLimit = 1 << 26

    /// Copies the elements of a tensor of the runtime's.
    init(name: String, of runtime: OnnxRuntime, copying pointer: OpaquePointer) throws(OnnxError) {
        let view = OnnxTensorView(runtime: runtime, pointer: pointer)
        let (found, dimensions) = try view.shape()
        guard let element = found else {
            throw OnnxError(.badTensor, "output `\(name)` holds a kind of element that is not read")
        }
        let count = dimensions.reduce(1, *)
        guard count <= Self.elementLimit else {
            throw OnnxError(.badTensor, "output `\(name)` has \(count) elements")
        }
        self.init(
            name: name,
            dimensions: dimensions,
            elements: count == 0
                ? Self.none(element) : try Self.elements(element, view, count: count),
            element: element
        )
    }

    private static func none(_ element: TensorElement) -> Elements {
        switch element {
        case .text: .text([])
        case .flag: .flags([])
        case .uint64: .uint64([])
        case .float64: .float64([])
        case .float32, .float16, .bfloat16: .float32([])
        default: .int64([])
        }
    }

    private static func elements(
        _ element: TensorElement,
        _ view: OnnxTensorView,
        count: Int
    ) throws(OnnxError) -> Elements {
        if element == .text {
            var texts: [String] = []
            for index in 0..<count { texts.append(try view.text(at: index)) }
            return .text(texts)
        }
        let memory = try view.elements()
        switch element {
        case .flag:
            let flags = memory.assumingMemoryBound(to: UInt8.self)
            return .flags((0..<count).map { flags[$0] != 0 })
        case .uint64:
            let numbers = memory.assumingMemoryBound(to: UInt64.self)
            return .uint64(Array(UnsafeBufferPointer(start: numbers, count: count)))
        case .float64:
            var numbers: [Double] = []
            element.append(memory, count: count, to: &numbers)
            return .float64(numbers)
        case .float32, .float16, .bfloat16:
            var numbers: [Float] = []
            element.append(memory, count: count, to: &numbers)
            return .float32(numbers)
        default:
            return .int64((0..<count).map { element.whole(memory, at: $0) ?? 0 })
        }
    }
}
