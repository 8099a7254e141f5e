// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Gateway
import Infer
import Vocabulary

/// The verb `sluice models verify`.
struct ModelsVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check digests and signatures, and whether each version loads.",
        discussion: """
            Changes nothing and asks no gateway. Exits with 1 when a version could not be used.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Argument(help: "Only this model.")
    var model: String?

    func run() async throws {
        let control = try Control(file)
        let configuration = try control.configuration
        guard let path = configuration.modelsPath else {
            Console.complain("sluice: the configuration names no model repository")
            throw Console.configurationError
        }
        let trust = configuration.models.trust
        let found = CoreEngine.inspect(repository: path, model: model, trust: trust)
        guard !found.isEmpty else {
            Console.complain("sluice: there is no version of `\(model ?? "any model")` in \(path)")
            throw ExitCode.failure
        }
        let trials = CoreEngine.trials(
            repository: path,
            runtimeLibrary: configuration.runtimeLibrary,
            session: configuration.session,
            model: model,
            trust: trust
        )
        var rows: [[String]] = []
        var isSound = true
        for version in found {
            let problems = trials[version.reference] ?? []
            let errors = problems.filter { $0.severity == .error }
            if !errors.isEmpty { isSound = false }
            for problem in problems { Console.complain(problem.rendered()) }
            rows.append([
                version.reference.description, errors.isEmpty ? "ok" : "unusable",
                version.digest.map { String($0.prefix(12)) } ?? "-", version.signature.summary,
            ])
        }
        for line in ModelsText.columns(rows) { print(line) }
        if !isSound { throw ExitCode.failure }
    }
}
