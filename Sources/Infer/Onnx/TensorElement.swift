// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import COnnxRuntime

/// The kinds of element a tensor can have here, by their names in the Open Inference Protocol.
public enum TensorElement: String, CaseIterable, Sendable {
    /// True or false.
    case flag = "BOOL"
    /// 8-bit unsigned integer.
    case uint8 = "UINT8"
    /// 16-bit unsigned integer.
    case uint16 = "UINT16"
    /// 32-bit unsigned integer.
    case uint32 = "UINT32"
    /// 64-bit unsigned integer.
    case uint64 = "UINT64"
    /// 8-bit signed integer.
    case int8 = "INT8"
    /// 16-bit signed integer.
    case int16 = "INT16"
    /// 32-bit signed integer.
    case int32 = "INT32"
    /// 64-bit signed integer.
    case int64 = "INT64"
    /// 16-bit floating point, as IEEE 754 has it.
    case float16 = "FP16"
    /// 16-bit floating point with the exponent of a 32-bit one.
    case bfloat16 = "BF16"
    /// 32-bit floating point.
    case float32 = "FP32"
    /// 64-bit floating point.
    case float64 = "FP64"
    /// Text.
    case text = "BYTES"

    /// How many bytes one takes; nil for a text, which lies elsewhere.
    var byteCount: Int? {
        switch self {
        case .flag, .uint8, .int8: 1
        case .uint16, .int16, .float16, .bfloat16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .text: nil
        }
    }

    /// True for the kinds of whole number.
    var isWhole: Bool {
        switch self {
        case .uint8, .uint16, .uint32, .uint64, .int8, .int16, .int32, .int64: true
        case .flag, .float16, .bfloat16, .float32, .float64, .text: false
        }
    }

    /// True when 32-bit floating point numbers hold its every value.
    var fitsInFloat: Bool {
        switch self {
        case .uint32, .uint64, .int32, .int64, .float64, .text: false
        case .flag, .uint8, .uint16, .int8, .int16, .float16, .bfloat16, .float32: true
        }
    }

    /// What it is in words, for diagnostics.
    var words: String {
        switch self {
        case .flag: "truth values"
        case .text: "texts"
        case .float16, .bfloat16, .float32, .float64: "floating point numbers (\(rawValue))"
        default: "whole numbers (\(rawValue))"
        }
    }

    /// The kinds by their numbers in the runtime.
    private static let codes: [(Int, TensorElement)] = [
        (SLUICE_ORT_BOOL, .flag), (SLUICE_ORT_UINT8, .uint8), (SLUICE_ORT_UINT16, .uint16),
        (SLUICE_ORT_UINT32, .uint32), (SLUICE_ORT_UINT64, .uint64), (SLUICE_ORT_INT8, .int8),
        (SLUICE_ORT_INT16, .int16), (SLUICE_ORT_INT32, .int32), (SLUICE_ORT_INT64, .int64),
        (SLUICE_ORT_FLOAT16, .float16), (SLUICE_ORT_BFLOAT16, .bfloat16),
        (SLUICE_ORT_FLOAT32, .float32), (SLUICE_ORT_FLOAT64, .float64),
        (SLUICE_ORT_STRING, .text),
    ]

    /// The kind by its number in the runtime; nil for one this engine does not read.
    init?(onnx code: Int32) {
        guard let found = Self.codes.first(where: { $0.0 == Int(code) }) else { return nil }
        self = found.1
    }

    /// The kind's number in the runtime.
    var onnx: Int32 {
        Int32(Self.codes.first { $0.1 == self }?.0 ?? 0)
    }
}
