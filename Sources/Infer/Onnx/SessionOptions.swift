// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import COnnxRuntime
import Glibc

/// The options one session is made with, and released after.
///
/// Threads do not spin while they wait: a gateway shares its cores with other work.
///
/// C functions: `CreateSessionOptions`, `SetSessionGraphOptimizationLevel`, `SetIntraOpNumThreads`,
/// `SessionOptionsAppendExecutionProvider`, `AddFreeDimensionOverrideByName`,
/// `AddExternalInitializersFromFilesInMemory` and their kin.
final class SessionOptions {
    let pointer: OpaquePointer
    private let runtime: OnnxRuntime

    init(
        _ settings: SessionSettings,
        dimensions: [String: Int],
        runtime: OnnxRuntime
    ) throws(OnnxError) {
        self.runtime = runtime
        let api = runtime.api
        pointer = try runtime.made { sluice_ort_create_session_options(api, $0) }
        let level = Int32(settings.optimization.level)
        let sequential = Int32(SLUICE_ORT_SEQUENTIAL)
        let fatal = Int32(SLUICE_ORT_LOG_FATAL)
        try runtime.check(sluice_ort_set_intra_threads(api, pointer, Int32(settings.threads)))
        try runtime.check(sluice_ort_set_inter_threads(api, pointer, 1))
        try runtime.check(sluice_ort_set_execution_mode(api, pointer, sequential))
        try runtime.check(sluice_ort_set_optimization(api, pointer, level))
        try runtime.check(sluice_ort_enable_cpu_arena(api, pointer))
        try runtime.check(sluice_ort_set_log_severity(api, pointer, fatal))
        for (key, value) in [
            ("session.intra_op.allow_spinning", "0"),
            ("session.inter_op.allow_spinning", "0"),
            ("session.use_env_allocators", "1"),
        ] {
            try runtime.check(sluice_ort_add_config(api, pointer, key, value))
        }
        for (name, size) in dimensions {
            let size = Int64(size)
            try runtime.check(sluice_ort_override_dimension(api, pointer, name, size))
        }
        try append(settings.provider)
    }

    deinit {
        sluice_ort_release_session_options(runtime.api, pointer)
    }

    private static let suffix = "ExecutionProvider"

    /// Asks for the execution provider `name`; the processor itself is always there.
    private func append(_ name: String) throws(OnnxError) {
        guard name.lowercased() != "cpu" else { return }
        let known = try runtime.providers().map { provider in
            provider.hasSuffix(Self.suffix)
                ? String(provider.dropLast(Self.suffix.count)) : provider
        }
        guard let provider = known.first(where: { $0.lowercased() == name.lowercased() }) else {
            let list = known.map { $0.lowercased() }.joined(separator: ", ")
            throw OnnxError(
                .noProvider,
                "this ONNX Runtime (\(runtime.version)) has no execution provider `\(name)`; "
                    + "it has \(list)"
            )
        }
        guard runtime.tableVersion >= Int(SLUICE_ORT_FIRST_API_WITH_PROVIDERS) else {
            throw OnnxError(
                .noProvider,
                "ONNX Runtime \(runtime.version) is too old to be told an execution provider"
            )
        }
        do throws(OnnxError) {
            try runtime.check(
                sluice_ort_append_provider(runtime.api, pointer, provider, nil, nil, 0)
            )
        } catch {
            // The generic function knows some of them in capitals only.
            let capitals = provider.uppercased()
            let status = sluice_ort_append_provider(runtime.api, pointer, capitals, nil, nil, 0)
            guard let status else { return }
            sluice_ort_release_status(runtime.api, status)
            throw OnnxError(
                .noProvider,
                "the execution provider `\(name)` cannot be used: \(error.message)"
            )
        }
    }

    /// Gives the session the weights that lie in files of their own; `make` makes the session.
    func withExternalFiles<Made>(
        _ files: [(name: String, bytes: [UInt8])],
        _ make: (SessionOptions) throws(OnnxError) -> Made
    ) throws(OnnxError) -> Made {
        guard !files.isEmpty else { return try make(self) }
        guard runtime.tableVersion >= Int(SLUICE_ORT_FIRST_API_WITH_EXTERNAL_FILES) else {
            throw OnnxError(
                .notImplemented,
                "ONNX Runtime \(runtime.version) cannot take weights from files of their own; "
                    + "1.18 and later can"
            )
        }
        // Addresses that stay while the session is made, which arrays within arrays do not promise.
        let names = files.map { strdup($0.name) }
        let rooms = files.map { file in
            let room = UnsafeMutableRawBufferPointer.allocate(
                byteCount: max(file.bytes.count, 1),
                alignment: 64
            )
            room.copyBytes(from: file.bytes)
            return room
        }
        defer {
            for name in names { free(name) }
            for room in rooms { room.deallocate() }
        }
        let pointers = rooms.map { $0.baseAddress?.assumingMemoryBound(to: CChar.self) }
        let lengths = files.map(\.bytes.count)
        try runtime.check(
            sluice_ort_add_external_files(
                runtime.api,
                pointer,
                names.map { $0.map { UnsafePointer($0) } },
                pointers,
                lengths,
                files.count
            )
        )
        return try make(self)
    }
}

extension SessionSettings.Optimization {
    fileprivate var level: Int {
        switch self {
        case .all: SLUICE_ORT_OPTIMIZE_ALL
        case .extended: SLUICE_ORT_OPTIMIZE_EXTENDED
        case .basic: SLUICE_ORT_OPTIMIZE_BASIC
        case .none: SLUICE_ORT_OPTIMIZE_NONE
        }
    }
}
