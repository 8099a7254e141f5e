// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Decide
import FoundationEssentials
import Gateway
import Infer
import Logging
import Settings
import Telemetry
import Vocabulary

/// The verb `sluice models fit`.
struct ModelsFit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit",
        abstract: "Time variants on this machine and name the most accurate one in a budget.",
        discussion: """
            Without names, the versions of each model are its variants. With names (`wear-small`, \
            `wear-large/3`), those are compared with one another: fp32, int8, small, large.

            How accurate each is is measured on recorded readings with --trace and --policy (the labels \
            are people's and the cloud's), else on its own `evaluation:` file; without either it is what \
            its `accuracy:` says. The budget is held against the 99th percentile of a run of one reading, \
            with nothing else running: leave room for what else the machine does. Changes nothing; \
            `sluice models promote` does.

              sluice models fit --budget 20ms
              sluice models fit --budget 20ms wear-small wear-int8 wear --trace trace.jsonl --policy wear
            """
    )

    @Argument(help: ArgumentHelp("The variants to compare.", valueName: "variant"))
    var variants: [String] = []

    @OptionGroup var file: ConfigurationOption

    @Option(help: ArgumentHelp("How long a run may take, such as 20ms.", valueName: "time"))
    var budget: String

    @Option(help: ArgumentHelp("Only this model's versions.", valueName: "name"))
    var model: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Recorded traces to measure on.", valueName: "file"),
        completion: .file()
    )
    var trace: [String] = []

    @Option(help: ArgumentHelp("The policy whose readings they are.", valueName: "name"))
    var policy: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Answer: Encodable {
        var budgetMs: Double
        var versions: [ModelTiming]
        var best: [String: String]
    }

    func validate() throws {
        guard trace.isEmpty == (policy == nil) else {
            throw ValidationError("`--trace` and `--policy` go together")
        }
        guard variants.isEmpty || model == nil else {
            throw ValidationError("name variants, or one model with `--model`")
        }
    }

    func run() async throws {
        guard let budget = Quantity.interval(budget), budget > .zero else {
            throw ValidationError("`--budget` wants a duration with a unit, such as 20ms")
        }
        let configuration = try Control(file).configuration
        let (engine, path) = try engine(configuration)
        let wanted = try references(engine)
        let bar = ProgressBar(what: "timing model", total: 0)
        var count = 0.0
        var (timings, problems) = engine.timings(repository: path) { reference in
            count += 1
            bar.show(count)
            return wanted?.contains(reference) ?? (model == nil || reference.name == model)
        }
        bar.end()
        problems += try measure(&timings, engine, configuration)
        for problem in problems { Console.complain(problem.rendered()) }
        guard !timings.isEmpty else {
            Console.complain("sluice: there is no ONNX model to time")
            throw ExitCode.failure
        }
        let groups = FitGroup.groups(of: timings, areVariants: wanted != nil, budget: budget)
        if json {
            var best: [String: String] = [:]
            for group in groups {
                best[group.name] = group.best.map { group.answer(group.timings[$0]) }
            }
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.sortedKeys]
            let answer = Answer(budgetMs: budget.milliseconds, versions: timings, best: best)
            print(String(decoding: try encoder.encode(answer), as: UTF8.self))
        } else {
            print(FitText(groups: groups, budget: budget).text)
        }
        if groups.contains(where: { $0.best == nil }) { throw ExitCode.failure }
    }

    /// Every version there is.
    private func engine(
        _ configuration: GatewayConfiguration
    ) throws -> (CoreEngine, path: String) {
        guard let path = configuration.modelsPath else {
            Console.complain("sluice: the configuration names no model repository")
            throw Console.configurationError
        }
        let loading = CoreEngine.load(
            repository: path,
            shownAs: path,
            runtimeLibrary: configuration.runtimeLibrary,
            versions: .all,
            session: configuration.session,
            selecting: ModelSelection(trust: configuration.models.trust),
            logger: Logger(label: "sluice") { LineLogHandler(label: $0, level: .error) }
        )
        for problem in loading.diagnostics { Console.complain(problem.rendered()) }
        guard let engine = loading.engine else { throw Console.configurationError }
        return (engine, path)
    }

    /// The variants that are named; nil for all versions of each model.
    private func references(_ engine: CoreEngine) throws -> Set<ModelReference>? {
        guard !variants.isEmpty else { return nil }
        var found: Set<ModelReference> = []
        for text in variants {
            guard let reference = engine.resolve(text) else {
                let names = engine.roles.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")
                Console.complain("sluice: there is no model `\(text)`; there is \(names)")
                throw ExitCode.failure
            }
            found.insert(reference)
        }
        return found
    }

    /// Holds what was timed against recorded readings, where some are named.
    private func measure(
        _ timings: inout [ModelTiming],
        _ engine: CoreEngine,
        _ configuration: GatewayConfiguration
    ) throws -> [Diagnostic] {
        guard let policy else { return [] }
        let policies = configuration.readablePolicies(engine: engine)
        guard let found = policies.first(where: { $0.name == policy }) else {
            Console.complain("sluice: there is no policy `\(policy)` that reads")
            throw Console.configurationError
        }
        var problems: [Diagnostic] = []
        do throws(Diagnostic) {
            let readings = try LabelledReadings(traces: trace, policy: found)
            for index in timings.indices {
                let reference = ModelReference(
                    name: timings[index].model,
                    version: timings[index].version
                )
                do throws(Diagnostic) {
                    let score = try readings.score(of: reference, in: engine)
                    timings[index].accuracy = score.accuracy
                    (timings[index].source, timings[index].rows) = (.recorded, score.count)
                } catch {
                    // What another file or nobody measured is not comparable.
                    timings[index].accuracy = nil
                    problems.append(error)
                }
            }
        } catch {
            Console.complain(error.rendered())
            throw ExitCode.failure
        }
        return problems
    }
}
