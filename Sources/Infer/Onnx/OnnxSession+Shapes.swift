// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import COnnxRuntime

/// An output that gives each row's scores by class, as ZipMap makes it.
struct ScoreMap: Equatable {
    /// What a class is called by: texts or 64-bit integers.
    var key: TensorElement
    /// What a score is.
    var value: TensorElement
    /// True for a sequence of one map a row; false for one map and no batch.
    var isSequence: Bool
}

/// What a session says of its inputs and outputs.
///
/// C functions: `SessionGetInputTypeInfo`, `CastTypeInfoToTensorInfo`,
/// `CastTypeInfoToSequenceTypeInfo`, `CastTypeInfoToMapTypeInfo` and their kin.
extension OnnxSession {
    enum Side {
        case inputs
        case outputs
    }

    static func tensors(
        _ runtime: OnnxRuntime,
        _ session: OpaquePointer,
        _ side: Side
    ) throws(OnnxError) -> (shapes: [TensorShape], maps: [Int: ScoreMap]) {
        let api = runtime.api
        var count = 0
        try runtime.check(
            side == .inputs
                ? sluice_ort_input_count(api, session, &count)
                : sluice_ort_output_count(api, session, &count)
        )
        var shapes: [TensorShape] = []
        var maps: [Int: ScoreMap] = [:]
        for index in 0..<count {
            let name = try name(runtime, session, side, index)
            let type = try runtime.made {
                side == .inputs
                    ? sluice_ort_input_type(api, session, index, $0)
                    : sluice_ort_output_type(api, session, index, $0)
            }
            defer { sluice_ort_release_type(api, type) }
            guard try runtime.kind(of: type) == SLUICE_ORT_TYPE_TENSOR else {
                maps[index] = try runtime.scoreMap(type)
                shapes.append(TensorShape(name: name, element: nil, dimensions: []))
                continue
            }
            // Belongs to the type it was taken from.
            let shape = try runtime.made { sluice_ort_shape_of_type(api, type, $0) }
            let (element, dimensions) = try runtime.describe(shape)
            var described = TensorShape(name: name, element: element, dimensions: dimensions)
            described.dimensionNames = try runtime.dimensionNames(shape, rank: dimensions.count)
            shapes.append(described)
        }
        return (shapes, maps)
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

    /// The names of a shape's dimensions, empty for one without.
    fileprivate func dimensionNames(
        _ shape: OpaquePointer,
        rank: Int
    ) throws(OnnxError) -> [String] {
        guard rank > 0 else { return [] }
        var names = [UnsafePointer<CChar>?](repeating: nil, count: rank)
        try check(sluice_ort_dimension_names(api, shape, &names, rank))
        return names.map { $0.map { String(cString: $0) } ?? "" }
    }

    /// Whether a type is a tensor, a sequence, a map or something else.
    fileprivate func kind(of type: OpaquePointer) throws(OnnxError) -> Int {
        var kind: Int32 = 0
        try check(sluice_ort_kind_of_type(api, type, &kind))
        return Int(kind)
    }

    /// What a sequence of maps, or one map, holds; nil for any other type.
    fileprivate func scoreMap(_ type: OpaquePointer) throws(OnnxError) -> ScoreMap? {
        if try kind(of: type) == SLUICE_ORT_TYPE_MAP { return try map(type, isSequence: false) }
        guard try kind(of: type) == SLUICE_ORT_TYPE_SEQUENCE else { return nil }
        // Belongs to the type it was taken from; what is inside does not.
        let sequence = try made { sluice_ort_sequence_of_type(api, type, $0) }
        let inner = try made { sluice_ort_type_in_sequence(api, sequence, $0) }
        defer { sluice_ort_release_type(api, inner) }
        guard try kind(of: inner) == SLUICE_ORT_TYPE_MAP else { return nil }
        return try map(inner, isSequence: true)
    }

    private func map(_ type: OpaquePointer, isSequence: Bool) throws(OnnxError) -> ScoreMap? {
        let map = try made { sluice_ort_map_of_type(api, type, $0) }
        var code: Int32 = 0
        try check(sluice_ort_key_of_map(api, map, &code))
        let inner = try made { sluice_ort_type_in_map(api, map, $0) }
        defer { sluice_ort_release_type(api, inner) }
        guard let key = TensorElement(onnx: code), key == .text || key == .int64,
            try kind(of: inner) == SLUICE_ORT_TYPE_TENSOR
        else { return nil }
        let shape = try made { sluice_ort_shape_of_type(api, inner, $0) }
        guard let value = try describe(shape).element, value == .float32 || value == .float64
        else { return nil }
        return ScoreMap(key: key, value: value, isSequence: isSequence)
    }
}
