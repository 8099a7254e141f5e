// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Why ONNX Runtime, or a model it runs, could not do what was asked.
public struct OnnxError: Error, Equatable, Sendable {
    /// The kinds of failure.
    public enum Code: Int32, Sendable {
        /// The shared library is missing, or is none of ONNX Runtime.
        case noLibrary = -1
        /// The run was ended because it took far longer than the model's budget.
        case overBudget = -2
        /// The caller's tensors, or the model's, are not of the kind or shape that is needed.
        case badTensor = -3
        /// The library cannot run models on what the settings name.
        case noProvider = -4
        /// Something the runtime has no closer word for.
        case other = 1
        /// The runtime rejects an argument, often a shape or a name.
        case invalidArgument = 2
        /// The bytes are not a model.
        case invalidProtobuf = 7
        /// The model uses an operator or type the runtime does not have.
        case notImplemented = 9
        /// The bytes are a model, and it is not consistent.
        case invalidGraph = 10
    }

    /// Which kind it is.
    public var code: Code
    /// What went wrong, the runtime's own text where there is one.
    public var message: String

    /// Makes an error.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
