// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import COnnxRuntime
import Synchronization

/// ONNX Runtime as loaded into this process: its function table and its one environment.
///
/// Any thread may use it. The library stays loaded until the process ends, because sessions of
/// replaced models may still be running when the next ones are made.
///
/// C functions: `OrtGetApiBase`, `CreateEnv`, `CreateCpuMemoryInfo`,
/// `GetAllocatorWithDefaultOptions`, `CreateAndRegisterAllocator`, `GetAvailableProviders`.
final class OnnxRuntime: @unchecked Sendable {
    // Sendable by hand: four pointers that are written once, here, and that the runtime's
    // documentation lets every thread use.
    let api: OpaquePointer
    let environment: OpaquePointer
    let cpuMemory: OpaquePointer
    let allocator: OpaquePointer
    /// The library's own version, such as `1.31.1`.
    let version: String
    /// The version of its function table that is used here.
    let tableVersion: Int
    /// The file it was loaded from, where the dynamic linker knows.
    let file: String?

    private static let loaded = Mutex<OnnxRuntime?>(nil)

    /// The names the dynamic linker is asked for when no path is configured.
    private static let names = ["libonnxruntime.so", "libonnxruntime.so.1"]

    /// The runtime of this process, loaded on first use from `path`, or from where the dynamic
    /// linker looks.
    ///
    /// The first path that works is the one for good.
    static func shared(path: String?) throws(OnnxError) -> OnnxRuntime {
        let result = loaded.withLock { loaded -> Result<OnnxRuntime, OnnxError> in
            if let loaded { return .success(loaded) }
            var reasons: [String] = []
            for name in path.map({ [$0] }) ?? names {
                do throws(OnnxError) {
                    let runtime = try OnnxRuntime(path: name)
                    loaded = runtime
                    return .success(runtime)
                } catch {
                    reasons.append(error.message)
                }
            }
            return .failure(OnnxError(.noLibrary, reasons.joined(separator: "; ")))
        }
        return try result.get()
    }

    private init(path: String) throws(OnnxError) {
        var reason = [CChar](repeating: 0, count: 512)
        var version: UnsafePointer<CChar>?
        var table: Int32 = 0
        guard let api = sluice_ort_open(path, &version, &table, &reason, reason.count) else {
            let bytes = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            throw OnnxError(.noLibrary, String(decoding: bytes, as: UTF8.self))
        }
        self.api = api
        self.version = version.map { String(cString: $0) } ?? "unknown"
        tableVersion = Int(table)
        file = sluice_ort_file(api).map { String(cString: $0) }
        // Fatal only: what goes wrong comes back as a status, and the runtime's own lines would go
        // to standard error past our log.
        environment = try Self.made(api) {
            sluice_ort_create_env(api, Int32(SLUICE_ORT_LOG_FATAL), "sluice", $0)
        }
        cpuMemory = try Self.made(api) {
            sluice_ort_create_cpu_memory(
                api,
                Int32(SLUICE_ORT_ARENA_ALLOCATOR),
                Int32(SLUICE_ORT_DEFAULT_MEMORY),
                $0
            )
        }
        allocator = try Self.made(api) { sluice_ort_default_allocator(api, $0) }
        // One arena for all models: what one run gives back, the next one's model may have.
        try Self.check(api, sluice_ort_share_arena(api, environment, cpuMemory))
    }

    /// The execution providers the library was built with, such as `CPUExecutionProvider`.
    func providers() throws(OnnxError) -> [String] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        var count: Int32 = 0
        try check(sluice_ort_providers(api, &names, &count))
        guard let names else { return [] }
        defer { sluice_ort_release_providers(api, names, count) }
        return (0..<Int(count)).compactMap { names[$0].map { String(cString: $0) } }
    }

    /// Throws what a status says, and releases it.
    func check(_ status: OpaquePointer?) throws(OnnxError) {
        try Self.check(api, status)
    }

    /// What a function of the runtime puts where its last argument points.
    func made(
        _ make: (UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?
    ) throws(OnnxError) -> OpaquePointer {
        try Self.made(api, make)
    }

    private static func made(
        _ api: OpaquePointer,
        _ make: (UnsafeMutablePointer<OpaquePointer?>) -> OpaquePointer?
    ) throws(OnnxError) -> OpaquePointer {
        var object: OpaquePointer?
        try check(api, make(&object))
        guard let object else { throw OnnxError(.other, "the runtime gave nothing back") }
        return object
    }

    private static func check(_ api: OpaquePointer, _ status: OpaquePointer?) throws(OnnxError) {
        guard let status else { return }
        let code = OnnxError.Code(rawValue: sluice_ort_error_code(api, status)) ?? .other
        let message = String(cString: sluice_ort_error_message(api, status))
        sluice_ort_release_status(api, status)
        throw OnnxError(code, message)
    }
}
