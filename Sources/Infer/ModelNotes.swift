// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What an ONNX file says of itself.
public struct ModelNotes: Equatable, Sendable {
    /// The program that wrote it, and that program's version; empty when it does not say.
    public var producer: String
    /// The version its maker gave it; 0 for none.
    public var version: Int64
    /// The maker's words about it.
    public var about: String
    /// The versions of the operator sets it wants, by domain; the empty one is ONNX's own.
    public var operatorSets: [String: Int64]
    /// The maker's notes in it, by their keys.
    public var notes: [String: String]

    init(_ file: OnnxFile) {
        producer = [file.producer, file.producerVersion].filter { !$0.isEmpty }
            .joined(separator: " ")
        version = file.version
        about = file.about
        operatorSets = file.operatorSets
        notes = file.notes
    }
}
