// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials

/// The verb `sluice reload`.
struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have a running gateway take policies and models as they are on disk now.",
        discussion: """
            They are read, checked and tested first, and put in force as one or not at all. Exits with 78 where \
            they are refused: the former ones stay in force then, and `sluice status` says so until a set is \
            taken. Of the configuration file only `models:` is read again. SIGHUP does the same without an answer.
            """
    )

    @OptionGroup var file: ConfigurationOption

    func run() async throws {
        let answer = try await Control(file).send("POST", "/v1/reload", timeout: 600)
        let reply = try JSONDecoder().decode(Reply.self, from: Data(answer))
        for finding in reply.findings { Console.complain(finding) }
        guard reply.taken else {
            Console.complain("sluice: refused; the former policies and models stay in force")
            throw Console.configurationError
        }
        print("the policies and models on disk are in force")
    }

    private struct Reply: Decodable {
        var taken: Bool
        var findings: [String]
    }
}
