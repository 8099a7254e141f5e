// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
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
        abstract: "Time every version on this machine and name the most accurate one in a budget.",
        discussion: """
            Versions are variants as well: fp32, int8, small, large. How accurate each is is measured on \
            its `evaluation:` file or, without one, what its `accuracy:` says. The budget is held against \
            the 99th percentile of a run of one reading, with nothing else running: leave room for what \
            else the machine does. Changes nothing; `sluice models promote` does.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Option(help: ArgumentHelp("How long a run may take, such as 20ms.", valueName: "time"))
    var budget: String

    @Option(help: ArgumentHelp("Only this model.", valueName: "name"))
    var model: String?

    @Flag(help: "Print JSON.")
    var json = false

    private struct Answer: Encodable {
        var budgetMs: Double
        var versions: [ModelTiming]
        var best: [String: String]
    }

    func run() async throws {
        guard let budget = Quantity.interval(budget), budget > .zero else {
            throw ValidationError("`--budget` wants a duration with a unit, such as 20ms")
        }
        let configuration = try Control(file).configuration
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
        let (timings, problems) = engine.timings(repository: path, model: model)
        for problem in problems { Console.complain(problem.rendered()) }
        guard !timings.isEmpty else {
            Console.complain("sluice: there is no ONNX model to time")
            throw ExitCode.failure
        }
        let names = timings.map(\.model).reduce(into: [String]()) { names, name in
            if names.last != name { names.append(name) }
        }
        var best: [String: String] = [:]
        for name in names {
            let own = timings.filter { $0.model == name }
            best[name] = ModelTiming.best(of: own, budget: budget).map { own[$0].version }
        }
        if json {
            let encoder = JSONEncoder()
            encoder.keyEncodingStrategy = .convertToSnakeCase
            encoder.outputFormatting = [.sortedKeys]
            let answer = Answer(budgetMs: budget.milliseconds, versions: timings, best: best)
            print(String(decoding: try encoder.encode(answer), as: UTF8.self))
        } else {
            print(FitText(timings, best: best, budget: budget).text)
        }
        if best.count < names.count { throw ExitCode.failure }
    }
}

/// Timings as a person reads them.
struct FitText {
    private let timings: [ModelTiming]
    private let best: [String: String]
    private let budget: Interval

    init(_ timings: [ModelTiming], best: [String: String], budget: Interval) {
        self.timings = timings
        self.best = best
        self.budget = budget
    }

    var text: String {
        var rows = [["model", "accuracy", "p50", "p99", "in a batch", ""]]
        for timing in timings {
            let isBest = best[timing.model] == timing.version
            let isIn = timing.p99Ms <= budget.milliseconds
            rows.append([
                "\(timing.model)/\(timing.version)", accuracy(timing),
                milliseconds(timing.p50Ms), milliseconds(timing.p99Ms),
                "\(milliseconds(timing.batchedMs)) of \(timing.batch)",
                isBest ? "<- the most accurate in the budget" : isIn ? "" : "over the budget",
            ])
        }
        var lines = ModelsText.columns(rows)
        for name in Set(timings.map(\.model)).subtracting(best.keys).sorted() {
            lines.append("no version of `\(name)` is within \(Quantity.text(budget))")
        }
        return lines.joined(separator: "\n")
    }

    private func accuracy(_ timing: ModelTiming) -> String {
        guard let accuracy = timing.accuracy else { return "unknown" }
        let percent = "\((accuracy * 1_000).rounded() / 10) %"
        return timing.source == .measured ? percent : percent + " as stated"
    }

    private func milliseconds(_ value: Double) -> String {
        let digits = value < 0.1 ? 10_000.0 : value < 10 ? 1_000.0 : 10.0
        return "\((value * digits).rounded() / digits) ms"
    }
}
