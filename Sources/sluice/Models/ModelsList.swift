// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Gateway
import Vocabulary

/// The verb `sluice models ls`.
struct ModelsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "List models and versions, with what each does and what was seen of it.",
        discussion: """
            From the running gateway; when none runs, from the files, without what was measured.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let control = try Control(file)
        let reports: [ModelReport]
        if let answer = try await control.sendIfRunning("GET", "/v1/models") {
            reports = try ModelReport.decoded(answer)
        } else {
            let found = ModelReport.offline(try control.configuration)
            for problem in found.problems { Console.complain(problem.rendered()) }
            reports = found.reports
        }
        if json {
            print(String(decoding: try ModelReport.json(reports), as: UTF8.self))
        } else {
            print(ModelsText(reports).text)
        }
    }
}
