// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Gateway
import Logging
import Telemetry
import Vocabulary

/// The verb `sluice test`.
struct TestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run the tests of policies; start nothing.",
        discussion: """
            Runs the cases in `tests.yaml` beside each policy, and shows what differs and which rules \
            and actions no case reached. Cases that give a payload run it through the decoder and the \
            models of the configuration; without one they are skipped, and that is said at the end.

            Exits with 1 when a case failed or none could be run, with 78 when a file is wrong, the \
            configuration among them. With --strict also with 1 when a rule was not reached, a case \
            was skipped, or a policy has no tests.
            """
    )

    @Argument(
        help: ArgumentHelp(
            "A folder of policies, or one policy's own. (default: the configuration's)",
            valueName: "folder"
        ),
        completion: .directory
    )
    var policies: String?

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Fail when a rule is not reached or a case is skipped.")
    var strict = false

    @Flag(help: "Print JSON.")
    var json = false

    @Option(
        help: ArgumentHelp(
            "Only the cases whose name or policy has this in it.",
            valueName: "text"
        )
    )
    var filter: String?

    func validate() throws {
        guard filter == nil || !strict else {
            throw ValidationError("--strict wants every case; leave out --filter")
        }
    }

    func run() async throws {
        LoggingSystem.bootstrap { LineLogHandler(label: $0, level: .error) }
        let run = PolicyTestRun.run(
            configuration: file.path,
            policies: policies,
            filter: filter,
            logger: Logger(label: "sluice")
        )
        let findings = CheckFindings(
            diagnostics: run.diagnostics + (run.report?.diagnostics ?? []),
            site: nil
        )
        Console.print(findings, verdict: nil)
        guard let report = run.report else { throw Console.configurationError }
        if json {
            print(TestJSON.text(report, obstacle: run.obstacle))
            if let notice = TestText.notice(of: report, obstacle: run.obstacle) {
                Console.complain("sluice: " + notice, level: .warning)
            }
        } else {
            print(TestText(report, obstacle: run.obstacle, isWhole: filter == nil).text)
        }
        if report.hasBrokenFile || run.hasErrors { throw Console.configurationError }
        if !report.hasPassed || report.isUntested { throw ExitCode.failure }
        if strict, !report.isComplete { throw ExitCode.failure }
    }
}
