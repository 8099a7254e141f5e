// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

@testable import Infer

@Suite struct `Trying a model in a child process` {
    /// A shell that does `script` in the place of the gateway's program; arguments say which model.
    private func trial(_ script: String, key: String) -> TrialProcess {
        TrialProcess(
            program: TrialProgram(path: "/bin/sh", arguments: ["sh", "-c", script, "sluice"]),
            runtimeLibrary: nil,
            session: SessionSettings(),
            dimensions: [],
            model: Array("the model".utf8),
            external: [("weights.bin", Array("the weights".utf8))],
            key: key
        )
    }

    @Test func `passes on the bytes as open files, and nothing else`() throws {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "sluice-trial-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let script =
            "cat <&3 >\(file.path); cat <&4 >>\(file.path); echo \"$*\" >>\(file.path); "
            + "test -e /proc/self/fd/5 && exit 3; exit 0"
        #expect(trial(script, key: UUID().uuidString).run() == .passed)
        let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        #expect(
            text
                == "the modelthe weights--bytes 20 --threads 1 --optimization all --provider cpu "
                + "--external weights.bin\n"
        )
    }

    @Test func `says by which signal or code the child ended`() {
        #expect(
            trial("kill -SEGV $$", key: UUID().uuidString).run()
                == .failed("ended its trial process with signal 11 (a crash)")
        )
        #expect(
            trial("exit 9", key: UUID().uuidString).run()
                == .failed("ended its trial process with code 9")
        )
        #expect(
            trial("exit 2", key: UUID().uuidString).run()
                == .failed("wants more memory than the 8 GiB its trial process may have")
        )
        let nowhere = TrialProcess(
            program: TrialProgram(path: "/nowhere/sluice", arguments: ["sluice"]),
            runtimeLibrary: nil,
            session: SessionSettings(),
            dimensions: [],
            model: [],
            external: [],
            key: UUID().uuidString
        )
        guard case .impossible(let why) = nowhere.run() else {
            Issue.record("a program that is not there was begun")
            return
        }
        #expect(why.hasPrefix("is tried in this process: no other one could be begun: "))
    }

    @Test func `tries a model once, until it passes`() {
        let key = UUID().uuidString
        #expect(trial("kill -ABRT $$", key: key).run() != .passed)
        #expect(trial("exit 0", key: key).run() == .passed)
        // Remembered: the program is not begun again.
        #expect(trial("kill -ABRT $$", key: key).run() == .passed)
    }

    @Test(
        .enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so")
    )
    func `a model that ends its trial is reported and not loaded`() throws {
        let program = TrialProgram(path: "/bin/sh", arguments: ["sh", "-c", "kill -SEGV $$"])
        let (engine, problems) = try ManyModels.load(
            "value-float64",
            "inputs: { x: [a] }\nsession: { threads: 3 }",
            trialProgram: program
        )
        #expect(engine == nil)
        #expect(problems == ["model `m/1` ended its trial process with signal 11 (a crash)"])
    }
}
