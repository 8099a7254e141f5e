// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import COnnxRuntime
import Glibc

/// One model as loaded by ONNX Runtime.
///
/// Any thread may run it; each thread brings its own tensors.
///
/// C functions: `CreateSessionFromArray`, `SessionGetInputName`, `SessionGetInputTypeInfo` and
/// their kin.
final class OnnxSession: @unchecked Sendable {
    // Sendable by hand: the pointer never changes, and the runtime documents `Run` as thread-safe.
    let runtime: OnnxRuntime
    let pointer: OpaquePointer
    let inputs: [TensorShape]
    let outputs: [TensorShape]
    /// The outputs that are no tensors but scores by class, by their places among the outputs.
    let scoreMaps: [Int: ScoreMap]
    /// The names as C strings, which live as long as the session.
    let inputNames: [UnsafePointer<CChar>?]
    let outputNames: [UnsafePointer<CChar>?]

    /// Loads the model that `bytes` are; they are not needed afterwards.
    ///
    /// `dimensions` are the sizes of open dimensions by their names, `files` the weights that lie in
    /// files of their own.
    init(
        runtime: OnnxRuntime,
        bytes: UnsafeRawBufferPointer,
        settings: SessionSettings = SessionSettings(),
        dimensions: [String: Int] = [:],
        files: [(name: String, bytes: [UInt8])] = []
    ) throws(OnnxError) {
        self.runtime = runtime
        let api = runtime.api
        let options = try SessionOptions(settings, dimensions: dimensions, runtime: runtime)
        let session = try options.withExternalFiles(files) { options throws(OnnxError) in
            try runtime.made {
                sluice_ort_create_session(
                    api,
                    runtime.environment,
                    bytes.baseAddress,
                    bytes.count,
                    options.pointer,
                    $0
                )
            }
        }
        do throws(OnnxError) {
            inputs = try Self.tensors(runtime, session, .inputs).shapes
            (outputs, scoreMaps) = try Self.tensors(runtime, session, .outputs)
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
}
