// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Glibc
import Testing

@testable import Infer

/// Trials that are remembered from one run of the process to the next.
@Suite struct `Remembering trials` {
    private let path = FileManager.default.temporaryDirectory.path + "/trials-\(UUID().uuidString)"

    private func key(_ model: String = UUID().uuidString) -> String {
        TrialMemory.key(model: model, library: "/proc/self/exe")
    }

    @Test func `what passed is written, and believed once`() throws {
        let passed = key()
        TrialMemory.add(passed)
        #expect(TrialMemory.keep(path: path))
        defer { unlink(path) }
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.hasPrefix("sluice trials 1\n"))
        #expect(text.split(separator: "\n").contains(passed[...]))
        // Who dies with a model in hand must find nothing written at the next start.
        TrialMemory.recall(path: path)
        #expect(access(path, F_OK) != 0)
        #expect(TrialMemory.holds(passed))
    }

    @Test func `what an earlier run wrote is believed`() throws {
        let passed = key()
        #expect(!TrialMemory.holds(passed))
        try Data("sluice trials 1\n\(passed)\n".utf8).write(to: URL(filePath: path))
        TrialMemory.recall(path: path)
        #expect(TrialMemory.holds(passed))
    }

    @Test(arguments: ["sluice trials 2\nKEY\n", "KEY\n", "sluice trials 1\nKEYKEY\n", ""])
    func `a file of another kind is forgotten`(_ text: String) throws {
        let passed = key()
        let bytes = Data(text.replacing("KEY", with: passed).utf8)
        try bytes.write(to: URL(filePath: path))
        TrialMemory.recall(path: path)
        #expect(!TrialMemory.holds(passed))
        #expect(access(path, F_OK) != 0)
    }

    @Test func `another file of the runtime, or another model, is another trial`() throws {
        let library = path + ".so"
        defer { unlink(library) }
        try Data([1]).write(to: URL(filePath: library))
        let first = TrialMemory.key(model: "m", library: library)
        #expect(TrialMemory.key(model: "m", library: library) == first)
        #expect(TrialMemory.key(model: "n", library: library) != first)
        try Data([1, 2]).write(to: URL(filePath: library))
        #expect(TrialMemory.key(model: "m", library: library) != first)
        unlink(library)
        #expect(TrialMemory.key(model: "m", library: library) != first)
    }

    @Test func `a trial that nobody waits for leaves no child behind`() throws {
        let trial = TrialProcess(
            program: TrialProgram(path: "/bin/sh", arguments: ["sh", "-c", "exec cat /dev/zero"]),
            runtimeLibrary: nil,
            session: SessionSettings(),
            dimensions: [],
            model: [],
            external: [],
            key: UUID().uuidString
        )
        let child = trial.begin().child
        #expect(child > 0)
        // Gone with the value, and waited for: not even its entry is left.
        #expect(kill(child, 0) == -1)
        #expect(errno == ESRCH)
    }

    @Test(
        .enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so")
    )
    func `the runtime reports to nobody (G8)`() throws {
        _ = try RuntimeLibrary.version(path: OnnxTestLibrary.path)
        #expect(getenv("ORT_DISABLE_TELEMETRY").map { String(cString: $0) } == "1")
        let files = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
            .compactMap { file in
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(file)")
            }
        #expect(!files.contains { $0.contains("onnxruntime.db") })
    }
}
