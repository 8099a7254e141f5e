// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Infer

/// The command.
@main
struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Answers sensor messages here, asks the cloud, or keeps them for later.",
        discussion: """
            Sluice subscribes to an MQTT broker, runs local models on what arrives, and lets a \
            policy \
            decide about each message: act on the local answer now, escalate the hard case to a \
            bigger model in the cloud while there is time, or keep it on disk until the cloud is back.

            Begin with `sluice check`, which reads every file and starts nothing.
            """,
        version: "0.1.0",
        subcommands: [
            RunCommand.self, CheckCommand.self, DoctorCommand.self, TestCommand.self,
            DiscoverCommand.self, InitCommand.self,
            ServeCommand.self, StatusCommand.self, TopCommand.self, TapCommand.self,
            ReloadCommand.self, PauseCommand.self, ResumeCommand.self, SpoolCommand.self,
            LabelCommand.self,
            EvalCommand.self, RecordCommand.self,
            ReplayCommand.self, TuneCommand.self, SchemaCommand.self, ExplainCommand.self,
            DetectCommand.self, ModelsCommand.self, TryModelCommand.self,
        ]
    )

    /// The command's beginning: ONNX Runtime reports to nobody, and a model that is new to this process is tried by
    /// another one first.
    static func main() async {
        RuntimeReports.forbid()
        TrialProgram.standing = .thisOne
        await main(nil)
    }
}
