// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import COnnxRuntime

/// A value of the runtime: a tensor over our memory, one of texts, or one the runtime made.
///
/// C functions: `CreateTensorWithDataAsOrtValue`, `CreateTensorAsOrtValue`,
/// `FillStringTensorElement`, `ReleaseValue`.
final class OnnxValue {
    let runtime: OnnxRuntime
    let pointer: OpaquePointer

    /// Takes over a value that the runtime made.
    init(runtime: OnnxRuntime, taking pointer: OpaquePointer) {
        self.runtime = runtime
        self.pointer = pointer
    }

    /// Makes a tensor over `memory`, which must outlive it.
    init(
        runtime: OnnxRuntime,
        over memory: UnsafeMutableRawBufferPointer,
        element: TensorElement,
        dimensions: [Int]
    ) throws(OnnxError) {
        self.runtime = runtime
        let shape = dimensions.map { Int64($0) }
        pointer = try runtime.made {
            sluice_ort_create_tensor(
                runtime.api,
                runtime.cpuMemory,
                memory.baseAddress,
                memory.count,
                shape,
                shape.count,
                element.onnx,
                $0
            )
        }
    }

    /// Makes a tensor of empty texts.
    init(texts runtime: OnnxRuntime, dimensions: [Int]) throws(OnnxError) {
        self.runtime = runtime
        let shape = dimensions.map { Int64($0) }
        pointer = try runtime.made {
            sluice_ort_create_text_tensor(
                runtime.api,
                runtime.allocator,
                shape,
                shape.count,
                $0
            )
        }
    }

    deinit {
        sluice_ort_release_value(runtime.api, pointer)
    }

    /// Puts `text` at `index` of a tensor of texts; one that has a zero in it ends there.
    func fill(_ index: Int, with text: String) throws(OnnxError) {
        let status = text.withCString { sluice_ort_fill_text(runtime.api, pointer, $0, index) }
        try runtime.check(status)
    }
}

/// A look into a value of the runtime's, for as long as the value lives.
///
/// C functions: `IsTensor`, `GetTensorTypeAndShape`, `GetTensorMutableData`,
/// `GetStringTensorElement`, `GetValueType`, `GetValueCount`, `GetValue`.
struct OnnxTensorView {
    let runtime: OnnxRuntime
    let pointer: OpaquePointer

    /// What it holds and how large it is; no element for what is no tensor.
    func shape() throws(OnnxError) -> (element: TensorElement?, dimensions: [Int]) {
        var isTensor: Int32 = 0
        try runtime.check(sluice_ort_is_tensor(runtime.api, pointer, &isTensor))
        guard isTensor != 0 else { return (nil, []) }
        let shape = try runtime.made { sluice_ort_shape_of_value(runtime.api, pointer, $0) }
        defer { sluice_ort_release_shape(runtime.api, shape) }
        return try runtime.describe(shape)
    }

    /// Where its elements lie, valid while the value lives; not for texts, nor for none at all.
    func elements() throws(OnnxError) -> UnsafeRawPointer {
        var memory: UnsafeMutableRawPointer?
        try runtime.check(sluice_ort_tensor_elements(runtime.api, pointer, &memory))
        guard let memory else { throw OnnxError(.badTensor, "the model gave an empty tensor") }
        return UnsafeRawPointer(memory)
    }

    /// How long a text of a model's may be.
    private static let textLimit = 64 << 10

    /// The text at `index`.
    func text(at index: Int) throws(OnnxError) -> String {
        var length = 0
        try runtime.check(sluice_ort_text_length(runtime.api, pointer, index, &length))
        guard length <= Self.textLimit else {
            throw OnnxError(.badTensor, "the model gave a text of \(length) bytes")
        }
        var status: OpaquePointer?
        let text = String(unsafeUninitializedCapacity: length) { room in
            status = sluice_ort_text(runtime.api, pointer, index, room.baseAddress, length)
            return status == nil ? length : 0
        }
        try runtime.check(status)
        return text
    }

    /// How many parts it has: those of a sequence, or a map's keys and values.
    func partCount() throws(OnnxError) -> Int {
        var count = 0
        try runtime.check(sluice_ort_part_count(runtime.api, pointer, &count))
        return count
    }

    /// A copy of the part at `index`.
    func part(_ index: Int) throws(OnnxError) -> OnnxValue {
        let part = try runtime.made {
            sluice_ort_part(runtime.api, pointer, Int32(index), runtime.allocator, $0)
        }
        return OnnxValue(runtime: runtime, taking: part)
    }
}
