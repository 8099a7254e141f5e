// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Logging
import Settings
import Telemetry
import Tune
import Vocabulary

/// The verb `sluice tune`.
struct TuneCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Choose a threshold that keeps a bound you state.",
        discussion: """
            Disagreement is P(local and cloud answers differ | kept local). The threshold is chosen by \
            Learn then Test: on three disjoint parts of what was recorded, the newest of which tests, \
            with neighbours in time counted as what they are worth. Where the data cannot show the \
            bound it says so, and how many rows would.

              sluice tune --trace trace.jsonl --policy bearing-wear --max-disagreement 2%
              sluice tune --samples rows.jsonl --max-disagreement 2% \\
                --apply others.jsonl --decisions decisions.jsonl

            Rows of --samples are {\"id\": …, \"p_edge\": […], \"p_cloud\": […], \"y\": 0}, one a line; \
            `y`, the index of the true label, may be left out, and so may `p_cloud` where `y` is given. \
            `device`, `time` and `block` say which rows are neighbours. Rows to --apply to need `id` \
            and `p_edge`.

            --calibrate fits only what makes probabilities, or a detector's score, a confidence, from every \
            verdict and every label of people in the traces; the policy stays as it is.

            Exits with 3 when the bound is refused (then --decisions escalates every row), with 65 when \
            rows are not what they should be, with 64 when the options make no sense.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Recorded traces to tune on.", valueName: "file"),
        completion: .file()
    )
    var trace: [String] = []

    @Option(
        help: ArgumentHelp("Rows to tune on, JSON Lines.", valueName: "file"),
        completion: .file()
    )
    var samples: String?

    @Option(help: ArgumentHelp("The policy whose threshold it is.", valueName: "name"))
    var policy: String?

    @Option(help: ArgumentHelp("The bound on disagreement, such as 2%.", valueName: "share"))
    var maxDisagreement: String?

    @Option(help: ArgumentHelp("The bound on the expected cost a reading.", valueName: "cost"))
    var maxRisk: Double?

    @Option(
        help: ArgumentHelp(
            "With --samples: what errors cost, such as alarm=2,miss=100,false_alarm=1,escalation=0.02.",
            valueName: "costs"
        )
    )
    var costs: String?

    @Option(help: ArgumentHelp("The most that may be escalated, such as 10%.", valueName: "share"))
    var maxEscalation: String?

    @Option(help: ArgumentHelp("How sure the bound must be.", valueName: "share"))
    var certainty = "95%"

    @Option(help: "The score: auto, max, margin, entropy or learned.")
    var method = "auto"

    @Option(
        help: ArgumentHelp(
            "Count a device's rows of each such window as one.",
            valueName: "duration"
        )
    )
    var block: String?

    @Flag(help: "Fit the calibration alone: no bound, and the policy as it is.")
    var calibrate = false

    @Flag(help: "Take rows as independent even where neighbours are alike.")
    var independent = false

    @Option(
        help: ArgumentHelp("Rows to decide with the threshold.", valueName: "file"),
        completion: .file()
    )
    var apply: String?

    @Option(
        help: ArgumentHelp("Where the decisions on them go.", valueName: "file"),
        completion: .file()
    )
    var decisions: String?

    @Option(
        name: [.customLong("out"), .customLong("patch")],
        help: ArgumentHelp("Write the change to the policy as a patch.", valueName: "file"),
        completion: .file()
    )
    var patch: String?

    @Flag(help: "Make the change: the policy, and calibration.yaml beside the model.")
    var write = false

    @Option(
        help: ArgumentHelp("Write the plot as SVG.", valueName: "file"),
        completion: .file()
    )
    var plot: String?

    @Flag(help: "Print JSON.")
    var json = false

    /// The answer is no.
    static let refused = ExitStatus.refused.code
    /// The data are not what they should be.
    static let badRows = ExitStatus.badData.code

    func validate() throws {
        guard trace.isEmpty != (samples == nil) else {
            throw ValidationError("Say what to tune on: --trace or --samples.")
        }
        guard (apply == nil) == (decisions == nil) else {
            throw ValidationError("--apply and --decisions come together.")
        }
        let hasBound = maxDisagreement != nil || maxRisk != nil || maxEscalation != nil
        guard hasBound != calibrate else {
            throw ValidationError(
                calibrate
                    ? "--calibrate tests no bound: say one or the other."
                    : "Say a bound, --max-disagreement, --max-risk or --max-escalation; or --calibrate."
            )
        }
        guard !calibrate || (apply == nil && plot == nil) else {
            throw ValidationError("--calibrate chooses no threshold to --apply or to --plot.")
        }
        guard maxDisagreement == nil || maxRisk == nil else {
            throw ValidationError("Bound the disagreement or the risk, one at a time.")
        }
        guard maxRisk == nil || samples == nil || costs != nil || policy != nil else {
            throw ValidationError("--max-risk with --samples wants --costs.")
        }
        guard samples == nil || policy != nil || (patch == nil && !write) else {
            throw ValidationError("A patch wants --policy.")
        }
        _ = try request(costs: nil)
    }

    func run() async throws {
        LoggingSystem.bootstrap { LineLogHandler(label: $0, level: .error) }
        let subject = try TuneSubject.read(
            configuration: file.path,
            policy: policy,
            isNeeded: write || patch != nil || (maxRisk != nil && costs == nil)
        )
        let material: TuneMaterial
        do throws(SampleRefusal) {
            if let samples {
                material = try TuneMaterial(rows: samples)
            } else {
                material = try TuneMaterial(traces: trace, policy: policy, everyLabel: calibrate)
            }
        } catch .badRows(let problems) {
            for problem in problems { Console.complain(problem.rendered()) }
            throw Self.badRows
        }
        if calibrate { return try fit(material, subject) }
        let others = try apply.map { path in try TuneDecisions(path: path) }
        try others?.check(width: material.samples.first?.edge.count)
        let outcome: Result<TuneResult, TuneRefusal>
        do throws(TuneRefusal) {
            if let refusal = material.refusal { throw refusal }
            let priced = try prices(subject, labels: material.labels)
            let tuning = try Tuner.tune(material.samples, to: bounds(priced))
            outcome = .success(
                TuneResult(tuning, material: material, subject: subject, costs: priced)
            )
        } catch {
            outcome = .failure(error)
        }
        switch outcome {
        case .success(let result): try deliver(result, others)
        case .failure(let refusal): try refuse(refusal, material, others)
        }
    }
}
