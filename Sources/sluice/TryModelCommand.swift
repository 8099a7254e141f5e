// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Glibc
import Infer

/// The verb `sluice try-model`, which no person types: a new model's first run, in a process of its own.
struct TryModelCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try-model",
        abstract: "Run a model that is new to another process, which has it open.",
        shouldDisplay: false
    )

    @Option(help: "How large the model and its weights are.")
    var bytes: Int

    @Option(
        name: .customLong("onnxruntime"),
        help: ArgumentHelp("ONNX Runtime's library.", valueName: "file"),
        completion: .file()
    )
    var runtimeLibrary: String?

    @Option(help: "How many threads a run uses.")
    var threads = 1

    @Option(help: "How far the model is rewritten.")
    var optimization = "all"

    @Option(help: "What runs it.")
    var provider = "cpu"

    @Option(
        name: .customLong("dimension"),
        help: ArgumentHelp("An open dimension's size.", valueName: "size=name")
    )
    var dimensions: [String] = []

    @Option(help: "A file with weights, as the model names it.")
    var external: [String] = []

    func run() {
        var sizes: [String: Int] = [:]
        for dimension in dimensions {
            guard let equals = dimension.firstIndex(of: "="), let size = Int(dimension[..<equals])
            else { continue }
            sizes[String(dimension[dimension.index(after: equals)...])] = size
        }
        let trial = TrialRun(
            runtimeLibrary: runtimeLibrary,
            session: SessionSettings(
                threads: threads,
                optimization: SessionSettings.Optimization(rawValue: optimization) ?? .all,
                provider: provider
            ),
            dimensions: sizes,
            external: external,
            byteCount: bytes
        )
        // Whatever the runtime would still do at an orderly end is its own affair.
        _exit(trial())
    }
}

extension TrialProgram {
    /// This very program, which the kernel finds even when its file has been replaced since.
    static let thisOne = TrialProgram(path: "/proc/self/exe", arguments: ["sluice", "try-model"])
}
