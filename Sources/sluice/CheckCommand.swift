// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Gateway
import Logging
import Telemetry
import Vocabulary

/// The verb `sluice check`.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the configuration, the models and the policies; start nothing.",
        discussion: """
            Reports every problem of every file with its place and what to do, and exits with 78 when \
            one is an error. Models are loaded and tried, and the cases in `tests.yaml` beside each \
            policy are run against it.
            """
    )

    @OptionGroup var file: ConfigurationOption

    func run() async throws {
        LoggingSystem.bootstrap { LineLogHandler(label: $0, level: .error) }
        let logger = Logger(label: "sluice")
        let findings = CheckedSite.check(configuration: file.path, logger: logger)
        Console.print(findings, verdict: findings.site == nil ? "Nothing was started." : nil)
        guard let site = findings.site else { throw Console.configurationError }
        let report = site.runPolicyTests()
        for diagnostic in report.diagnostics + report.unreached {
            Console.complain(diagnostic.rendered(sourceLine: findings.sourceLine(of: diagnostic)))
        }
        for line in TestText.failures(report) { Console.complain(line) }
        guard report.hasPassed else {
            Console.complain(report.summary + ". Nothing was started.")
            throw Console.configurationError
        }
        print(site.summary + ", " + report.summary)
    }
}
