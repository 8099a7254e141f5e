// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Doctor
import FoundationEssentials
import Gateway
import Logging
import Telemetry
import Vocabulary

/// The verb `sluice doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Examine the site and what is around it; say what to do.",
        discussion: """
            Looks at the configuration, the broker and its limits, the disk under the spool, the \
            clock, ONNX Runtime, the endpoints, secrets and certificates, each with its figure. \
            What cannot be seen from here is said to be unseen. Starts nothing, and works beside \
            a running gateway.

            Exits with 0 when nothing fails (warnings included), with 1 when something does, and \
            with 78 when the configuration cannot be read.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Option(
        help: ArgumentHelp("The broker's mosquitto.conf, for its limits.", valueName: "file"),
        completion: .file()
    )
    var brokerConf: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        LoggingSystem.bootstrap { LineLogHandler(label: $0, level: .critical) }
        let (doctor, diagnostics) = Doctor.visiting(
            configuration: file.path,
            brokerFile: brokerConf,
            logger: Logger(label: "sluice")
        )
        guard let doctor else {
            Console.print(CheckFindings(diagnostics: diagnostics, site: nil), verdict: nil)
            throw Console.configurationError
        }
        let checkup = await doctor.examine()
        print(json ? try CheckupText.json(checkup) : CheckupText(checkup, Ink.standard).text)
        if checkup.count(.fail) > 0 { throw ExitCode.failure }
    }
}
