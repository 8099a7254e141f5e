// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Survey

/// The verb `sluice discover`.
struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Listen to a broker and show what its devices send.",
        discussion: """
            Shows topics folded by the levels that vary, the fields of their payloads with types \
            and ranges, rates, the quality of service they arrive with, what is retained, how far \
            devices' clocks are off, and which fields look like device, time and sequence. It only \
            listens, and keeps little, whatever there is to hear.

              sluice discover --broker mqtt://localhost:1883 --for 1m --topics 'plant/#'
            """
    )

    @OptionGroup var file: ConfigurationOption
    @OptionGroup var address: BrokerAddress
    @OptionGroup var listening: Listening

    @Flag(help: "Print JSON, which `sluice init --from` takes.")
    var json = false

    func run() async throws {
        let report = try listening.report(try address.options(file.path))
        print(json ? try SurveyText.json(report) : SurveyText(report: report, ink: .standard).text)
        guard report.messages == 0 else { return }
        Console.complain("sluice: nothing was heard; listen longer, or name other `--topics`")
        throw ExitCode.failure
    }
}
