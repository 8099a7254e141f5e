// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a `model.yaml` says.
enum ModelSpec {
    case onnx(OnnxSpec)
    case detector(DetectorSpec)

    /// The kinds of model.
    enum Kind: String, CaseIterable {
        case onnx
        case detector
        case ensemble
    }
}
