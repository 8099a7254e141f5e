// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import COnnxRuntime
import Glibc

/// One model as loaded by ONNX Runtime.
///
/// Any thread may run it; each thread brings its own tensors. One intra-op thread and no spinning:
/// lanes are the parallelism, and a gateway shares its cores with other work.
///
/// C functions: `CreateSessionFromArray`, `SessionGetInputName`, `SessionGetInputTypeInfo` and
/// their kin.
final class OnnxSession: @unchecked Sendable {
    // Sendable by hand: the pointer never changes, and the runtime documents `Run` as thread-safe.
    let runtime: OnnxRuntime
    let pointer: OpaquePointer
    let inputs: [TensorShape]
    let outputs: [TensorShape]
    /// The names as C strings, which live as long as the session.
    let inputNames: [UnsafePointer<CChar>?]
    let outputNames: [UnsafePointer<CChar>?]

    /// Loads the model that `bytes` are; they are not needed afterwards.
    init(runtime: OnnxRuntime, bytes: UnsafeRawBufferPointer) throws(OnnxError) {
        self.runtime = runtime
        let api = runtime.api
        let options = try runtime.made { sluice_ort_create_session_options(api, $0) }
        defer { sluice_ort_release_session_options(api, options) }
        let optimization = Int32(SLUICE_ORT_OPTIMIZE_ALL)
        let sequential = Int32(SLUICE_ORT_SEQUENTIAL)
        let fatal = Int32(SLUICE_ORT_LOG_FATAL)
        try runtime.check(sluice_ort_set_intra_threads(api, options, 1))
        try runtime.check(sluice_ort_set_inter_threads(api, options, 1))
        try runtime.check(sluice_ort_set_execution_mode(api, options, sequential))
        try runtime.check(sluice_ort_set_optimization(api, options, optimization))
        try runtime.check(sluice_ort_enable_cpu_arena(api, options))
        try runtime.check(sluice_ort_set_log_severity(api, options, fatal))
        for key in ["session.intra_op.allow_spinning", "session.inter_op.allow_spinning"] {
            try runtime.check(sluice_ort_add_config(api, options, key, "0"))
        }
        let session = try runtime.made {
            sluice_ort_create_session(
                api,
                runtime.environment,
                bytes.baseAddress,
                bytes.count,
                options,
                $0
            )
        }
        do throws(OnnxError) {
            inputs = try Self.shapes(runtime, session, .inputs)
            outputs = try Self.shapes(runtime, session, .outputs)
        } catch {
            sluice_ort_release_session(api, session)
            throw error
        }
        pointer = session
        inputNames = inputs.map { UnsafePointer(strdup($0.name)) }
        outputNames = outputs.map { UnsafePointer(strdup($0.name)) }
    }

    deinit {
        for name in inputNames + outputNames { free(UnsafeMutablePointer(mutating: name)) }
        sluice_ort_release_session(runtime.api, pointer)
    }

    private enum Side {
        case inputs
        case outputs
    }

    private static func shapes(
        _ runtime: OnnxRuntime,
        _ session: OpaquePointer,
        _ side: Side
    ) throws(OnnxError) -> [TensorShape] {
        let api = runtime.api
        var count = 0
        try runtime.check(
            side == .inputs
                ? sluice_ort_input_count(api, session, &count)
                : sluice_ort_output_count(api, session, &count)
        )
        var shapes: [TensorShape] = []
        for index in 0..<count {
            let name = try name(runtime, session, side, index)
            let type = try runtime.made {
                side == .inputs
                    ? sluice_ort_input_type(api, session, index, $0)
                    : sluice_ort_output_type(api, session, index, $0)
            }
            defer { sluice_ort_release_type(api, type) }
            var kind: Int32 = 0
            try runtime.check(sluice_ort_kind_of_type(api, type, &kind))
            guard kind == Int32(SLUICE_ORT_TYPE_TENSOR) else {
                shapes.append(TensorShape(name: name, element: nil, dimensions: []))
                continue
            }
            // Belongs to the type it was taken from.
            let shape = try runtime.made { sluice_ort_shape_of_type(api, type, $0) }
            let (element, dimensions) = try runtime.describe(shape)
            shapes.append(TensorShape(name: name, element: element, dimensions: dimensions))
        }
        return shapes
    }

    private static func name(
        _ runtime: OnnxRuntime,
        _ session: OpaquePointer,
        _ side: Side,
        _ index: Int
    ) throws(OnnxError) -> String {
        let (api, allocator) = (runtime.api, runtime.allocator)
        var name: UnsafeMutablePointer<CChar>?
        try runtime.check(
            side == .inputs
                ? sluice_ort_input_name(api, session, index, allocator, &name)
                : sluice_ort_output_name(api, session, index, allocator, &name)
        )
        guard let name else { throw OnnxError(.other, "the runtime gave no name") }
        defer {
            let status = sluice_ort_allocator_free(api, allocator, name)
            if let status { sluice_ort_release_status(api, status) }
        }
        return String(cString: name)
    }
}

extension OnnxRuntime {
    /// What a tensor of this shape holds and how large it is; -1 for a free dimension.
    func describe(
        _ shape: OpaquePointer
    ) throws(OnnxError) -> (element: TensorElement?, dimensions: [Int]) {
        var code: Int32 = 0
        var rank = 0
        try check(sluice_ort_element(api, shape, &code))
        try check(sluice_ort_rank(api, shape, &rank))
        var dimensions = [Int64](repeating: 0, count: rank)
        if rank > 0 {
            try check(sluice_ort_dimensions(api, shape, &dimensions, rank))
        }
        return (TensorElement(onnx: code), dimensions.map { Int($0) })
    }
}

extension TensorElement {
    /// The kind by its number in the runtime; nil for one this engine does not read.
    init?(onnx code: Int32) {
        switch Int(code) {
        case SLUICE_ORT_FLOAT32: self = .float32
        case SLUICE_ORT_FLOAT64: self = .float64
        case SLUICE_ORT_INT64: self = .int64
        case SLUICE_ORT_STRING: self = .text
        default: return nil
        }
    }

    /// The kind's number in the runtime.
    var onnx: Int32 {
        switch self {
        case .float32: Int32(SLUICE_ORT_FLOAT32)
        case .float64: Int32(SLUICE_ORT_FLOAT64)
        case .int64: Int32(SLUICE_ORT_INT64)
        case .text: Int32(SLUICE_ORT_STRING)
        }
    }
}
