// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CProcess
import Glibc

/// What a child process does with a model that is new to its parent: run it, and see whether it survives.
public struct TrialRun: Sendable {
    /// Where ONNX Runtime's library lies; nil for where the dynamic linker looks.
    public var runtimeLibrary: String?
    /// How the runtime runs the model.
    public var session: SessionSettings
    /// The sizes of open dimensions, by their names.
    public var dimensions: [String: Int]
    /// The names of the files with weights, in the order of the descriptors from 4 on.
    public var external: [String]
    /// How many bytes model and weights have.
    public var byteCount: Int

    /// Makes a run of the model that descriptor 3 has.
    public init(
        runtimeLibrary: String?,
        session: SessionSettings,
        dimensions: [String: Int],
        external: [String],
        byteCount: Int
    ) {
        self.runtimeLibrary = runtimeLibrary
        self.session = session
        self.dimensions = dimensions
        self.external = external
        self.byteCount = byteCount
    }

    /// How long it may take, in seconds.
    private static let seconds: UInt32 = 60
    /// The address space it may have: the runtime itself, its threads' stacks, and the model several
    /// times over.
    private static let memory: UInt64 = 8 << 30

    /// The code of a process in which the model had not enough memory.
    static let memoryCode: Int32 = 2

    /// Confines this process, then loads the model and runs it on tensors of ones.
    ///
    /// Only for a process that does nothing else. Gives the code to end it with: what the runtime refuses
    /// is no matter here, the parent is told the same when it tries; but it must not try a model for
    /// which there was not enough memory.
    public func callAsFunction() -> Int32 {
        // Only what runs on the processor itself keeps to a few times its size: drivers of others
        // reserve far more than they use.
        let weights = UInt64(clamping: byteCount)
        let memory = session.provider.lowercased() == "cpu" ? Self.memory + 16 * weights : .max
        guard sluice_process_confine(memory, Self.seconds) == 0 else { return 0 }
        do throws(OnnxError) {
            let runtime = try OnnxRuntime.shared(path: runtimeLibrary)
            let bytes = Self.read(3)
            let files = external.enumerated().map { (name: $1, bytes: Self.read(4 + Int32($0))) }
            let session = try Self.session(runtime, bytes, session, dimensions, files)
            try Self.run(session)
        } catch {
            // The runtime has no code for it, and several texts.
            let texts = ["bad_alloc", "allocate memory", "out of memory", "bad allocation"]
            let message = error.message.lowercased()
            if texts.contains(where: { message.contains($0) }) { return Self.memoryCode }
        }
        return 0
    }

    private static func session(
        _ runtime: OnnxRuntime,
        _ bytes: [UInt8],
        _ settings: SessionSettings,
        _ dimensions: [String: Int],
        _ files: [(name: String, bytes: [UInt8])]
    ) throws(OnnxError) -> OnnxSession {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(OnnxError) in
                try OnnxSession(
                    runtime: runtime,
                    bytes: bytes,
                    settings: settings,
                    dimensions: dimensions,
                    files: files
                )
            }
        }
        return try result.get()
    }

    /// How large an open dimension is taken to be, after the first.
    private static let openSize = 64

    private static func run(_ session: OnnxSession) throws(OnnxError) {
        let runGuard = try RunGuard(runtime: session.runtime)
        var values: [TensorBytes] = []
        for shape in session.inputs {
            let dimensions = shape.dimensions.enumerated().map { place, size in
                size > 0 ? size : place == 0 ? 1 : openSize
            }
            guard let count = dimensions.elementCount else { return }
            let elements: Tensor.Elements =
                shape.element == .text
                ? .text(Array(repeating: "1", count: count))
                : .float32(Array(repeating: 1, count: count))
            let tensor = Tensor(name: shape.name, dimensions: dimensions, elements: elements)
            values.append(try TensorBytes(tensor, as: shape.element, runtime: session.runtime))
        }
        var outputs = [OpaquePointer?](repeating: nil, count: session.outputs.count)
        try session.run(
            inputs: values.map(\.value.pointer),
            outputNames: session.outputNames,
            outputs: &outputs,
            under: runGuard,
            limit: ModelTrial.limit
        )
    }

    /// Everything a descriptor has.
    private static func read(_ descriptor: Int32) -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return [] }
        let size = Int(status.st_size)
        return [UInt8](unsafeUninitializedCapacity: size) { room, count in
            while count < size {
                let taken = pread(
                    descriptor,
                    room.baseAddress.map { $0 + count },
                    size - count,
                    count
                )
                if taken <= 0 { break }
                count += taken
            }
        }
    }
}
