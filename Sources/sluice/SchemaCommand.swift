// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Gateway

/// The verb `sluice schema`.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print the JSON Schema of a kind of file, for editors, or its keys as tables.",
        discussion: """
            Draft 2020-12. An editor with the YAML language server uses it when the file begins with \
            `# yaml-language-server: $schema=policy.schema.json`. With --markdown it is tables for \
            people: every key, what it wants, and what holds without it; of all kinds when none is named.
            """
    )

    @Argument(help: "Which kind of file: policy, config, tests or model.")
    var kind: Kind?

    @Flag(help: "Print tables in Markdown instead.")
    var markdown = false

    func validate() throws {
        guard kind != nil || markdown else {
            throw ValidationError("Say which kind of file: policy, config, tests or model.")
        }
    }

    func run() {
        switch (kind, markdown) {
        case (let kind?, false): print(kind.schema.json)
        case (let kind?, true): print(kind.schema.markdown, terminator: "")
        case (nil, _): print(PublishedSchema.reference, terminator: "")
        }
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
