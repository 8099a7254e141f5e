// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Gateway

/// The verb `sluice schema`.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of a kind of file, for editors.",
        discussion: """
            Draft 2020-12. An editor with the YAML language server uses it when the file begins with \
            `# yaml-language-server: $schema=policy.schema.json`.
            """
    )

    @Argument(help: "Which kind of file: policy, config, tests or model.")
    var kind: Kind

    func run() {
        print(kind.schema.json)
    }

    /// What the kinds of file are called on the command line.
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        case policy
        case config
        case tests
        case model

        var schema: PublishedSchema {
            switch self {
            case .policy: .policy
            case .config: .config
            case .tests: .tests
            case .model: .model
            }
        }
    }
}
