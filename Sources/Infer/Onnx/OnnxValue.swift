// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import COnnxRuntime

/// A value of the runtime: a tensor over our memory, or one the runtime made.
///
/// C functions: `CreateTensorWithDataAsOrtValue`, `ReleaseValue`.
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

    deinit {
        sluice_ort_release_value(runtime.api, pointer)
    }
}

/// A look into a tensor of the runtime's, for as long as the tensor lives.
///
/// C functions: `IsTensor`, `GetTensorTypeAndShape`, `GetTensorMutableData`.
struct OnnxTensorView {
    let runtime: OnnxRuntime
    let pointer: OpaquePointer

    /// What it holds and how large it is.
    func shape() throws(OnnxError) -> (element: TensorElement?, dimensions: [Int]) {
        var isTensor: Int32 = 0
        try runtime.check(sluice_ort_is_tensor(runtime.api, pointer, &isTensor))
        guard isTensor != 0 else { return (nil, []) }
        let shape = try runtime.made { sluice_ort_shape_of_value(runtime.api, pointer, $0) }
        defer { sluice_ort_release_shape(runtime.api, shape) }
        return try runtime.describe(shape)
    }

    /// Its `count` elements, valid while the value lives; not for texts.
    func elements<Element>(
        as type: Element.Type,
        count: Int
    ) throws(OnnxError) -> UnsafeBufferPointer<Element> {
        var memory: UnsafeMutableRawPointer?
        try runtime.check(sluice_ort_tensor_elements(runtime.api, pointer, &memory))
        guard let memory else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeBufferPointer(start: memory.assumingMemoryBound(to: type), count: count)
    }
}
