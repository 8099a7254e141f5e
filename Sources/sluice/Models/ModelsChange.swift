// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Gateway
import Logging
import Telemetry

/// The verb `sluice models promote`.
struct ModelsPromote: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Let a version speak for every device.",
        discussion: """
            Policies and models are read again, the policies' tests are run, and both are swapped as \
            one; when anything is wrong nothing changes, and this exits with 1.
            """
    )

    @OptionGroup var file: ConfigurationOption
    @Argument(help: "The model's name.") var model: String
    @Argument(help: "The version; the canary's when there is one.") var version: Int?

    func run() async throws {
        try await Change(file, model).make(
            "promote",
            .promote(version),
            version: version
        )
    }
}

/// The verb `sluice models rollback`.
struct ModelsRollback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "End a canary or, without one, go back to the version that spoke before.",
        discussion: """
            What is gone back from is neither `latest` nor a canary again before it is promoted by its \
            number, or before `reset`.
            """
    )

    @OptionGroup var file: ConfigurationOption
    @Argument(help: "The model's name.") var model: String
    @Option(name: .customLong("to"), help: "Go back to this version.") var version: Int?

    func run() async throws {
        try await Change(file, model).make(
            "rollback",
            .rollBack(version),
            version: version
        )
    }
}

/// The verb `sluice models reset`.
struct ModelsReset: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Forget what was chosen: sluice.yaml alone says which version speaks."
    )

    @OptionGroup var file: ConfigurationOption
    @Argument(help: "The model's name.") var model: String

    func run() async throws {
        try await Change(file, model).make("reset", .reset, version: nil)
    }
}

/// A change of a model's versions, by the gateway where it runs.
private struct Change {
    private let control: Control
    private let model: String

    init(_ file: ConfigurationOption, _ model: String) throws {
        control = try Control(file)
        self.model = model
    }

    /// Makes it and says what became of it; exits with 1 where nothing did.
    func make(_ path: String, _ verb: ModelChange.Verb, version: Int?) async throws {
        let change: ModelChange
        let answer = try await control.sendIfRunning(
            "POST",
            "/v1/models/\(path)",
            query: [("model", model), ("version", version.map { String($0) })]
        )
        if let answer {
            change = try ModelChange.decoded(answer)
        } else {
            change = .offline(
                verb,
                model: model,
                configuration: try control.configuration,
                logger: Logger(label: "sluice") { LineLogHandler(label: $0, level: .error) }
            )
        }
        for problem in change.problems { Console.complain(problem) }
        guard change.isTaken else {
            Console.complain("sluice: \(change.message)")
            throw ExitCode.failure
        }
        print(change.message)
    }
}
