// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import Gateway
import Logging
import Replay
import Telemetry
import Trace
import Vocabulary

/// The verb `sluice replay`.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Run recorded traffic through other policies and show what changes.",
        discussion: """
            Decides every recorded reading again, offline and as fast as the machine can, and compares \
            the outcome with what was decided when it was recorded, or with the policies given by \
            `--against`. Findings are taken from the trace where the policy asks the same model, and \
            made again otherwise. Whether an escalation is answered in time is told by the recorded \
            verdicts.

            The same trace and policies give the same report, byte for byte. Exits with 65 when a trace \
            or the labels are not what they should be, with 78 when a policy, a model or the \
            configuration is wrong, or when the trace lacks what a policy reads.
            """
    )

    @OptionGroup var file: ConfigurationOption

    @Option(
        name: .customLong("trace"),
        help: ArgumentHelp("A trace; its rotated files are read too.", valueName: "file"),
        completion: .file()
    )
    var traces: [String]

    @Option(
        help: ArgumentHelp(
            "The policies to try: a folder of them, or one's own. Left out: the configured ones.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var policy: String?

    @Option(
        help: ArgumentHelp(
            "The policies to compare with, instead of the recorded decisions.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var against: String?

    @Option(
        help: ArgumentHelp(
            "A model repository to use instead of the configured one.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var models: String?

    @Option(
        help: ArgumentHelp("Try this threshold, such as `press=0.9`.", valueName: "policy=value")
    )
    var threshold: [String] = []

    @Option(
        help: ArgumentHelp(
            #"Labels of recorded decisions, the truth: lines of {"id": …, "label": …}."#,
            valueName: "file"
        ),
        completion: .file()
    )
    var labels: String?

    @Option(
        name: .customLong("price-per-call"),
        help: ArgumentHelp("What a call to the cloud costs.", valueName: "sum")
    )
    var pricePerCall: Double?

    @Flag(
        name: .customLong("run-models"),
        help: "Run the models even where the trace holds their findings."
    )
    var runsModels = false

    @Flag(help: "Print JSON.")
    var json = false

    @Option(
        help: ArgumentHelp("Write a page with plots.", valueName: "file"),
        completion: .file()
    )
    var report: String?

    func validate() throws {
        if traces.isEmpty { throw ValidationError("name a trace with `--trace FILE`") }
        if traces.contains("-") {
            throw ValidationError("a replay reads its trace twice: save it to a file first")
        }
        if let pricePerCall, !(pricePerCall >= 0 && pricePerCall.isFinite) {
            throw ValidationError("`--price-per-call` wants a sum that is not negative")
        }
        _ = try thresholds()
    }

    func run() async throws {
        LoggingSystem.bootstrap { LineLogHandler(label: $0, level: .error) }
        do throws(Diagnostic) {
            let request = try request()
            let bar = ProgressBar(what: "replaying decision", total: 0)
            defer { bar.end() }
            let replay = try Replay.run(request) { bar.show(Double($0)) }
            bar.end()
            if json {
                print(String(decoding: replay.json, as: UTF8.self))
            } else {
                print(replay.text)
            }
            try write(replay)
        } catch {
            Console.complain(error.rendered())
            throw isOfRows(error) ? ExitStatus.badData.code : Console.configurationError
        }
    }

    /// Whether what is wrong is in a trace, one of its rotated files, or the labels.
    private func isOfRows(_ diagnostic: Diagnostic) -> Bool {
        (traces + [labels].compactMap(\.self)).contains { diagnostic.file.hasPrefix($0) }
    }

    private func write(_ replay: ReplayReport) throws(Diagnostic) {
        guard let report else { return }
        do {
            try Data(replay.page.utf8).write(to: URL(filePath: report))
        } catch {
            throw Diagnostic(.error, "the report cannot be written: \(error)", file: report)
        }
    }

    private func request() throws(Diagnostic) -> ReplayRequest {
        let findings = CheckedSite.check(
            configuration: file.path,
            models: models,
            logger: Logger(label: "sluice")
        )
        let configured = try site(findings, what: file.path)
        var tried = configured
        if let policy {
            tried = try site(configured.replacing(policies: policy), what: policy)
        }
        var former: CheckedSite?
        if let against {
            former = try site(configured.replacing(policies: against), what: against)
        }
        for (name, value) in (try? thresholds()) ?? [] {
            guard let changed = tried.replacing(threshold: value, ofPolicy: name) else {
                let known = tried.policyNames.map { "`\($0)`" }.joined(separator: ", ")
                throw Diagnostic(
                    .error,
                    "there is no policy `\(name)`",
                    hint: "there is \(known)",
                    file: policy ?? file.path
                )
            }
            tried = changed
        }
        return ReplayRequest(
            traces: traces,
            site: tried,
            former: former,
            labels: try labels.map { path throws(Diagnostic) in try TraceLabels.read(path: path) }
                ?? [:],
            pricePerCall: pricePerCall,
            runsModels: runsModels,
            notes: ((try? thresholds()) ?? []).map { name, value in
                "policy \(name) with the threshold \(value)"
            }
        )
    }

    /// The site, when it is fit; shows every problem when it is not.
    private func site(_ findings: CheckFindings, what: String) throws(Diagnostic) -> CheckedSite {
        let errors = findings.diagnostics.filter { $0.severity == .error }
        for diagnostic in errors {
            Console.complain(diagnostic.rendered(sourceLine: findings.sourceLine(of: diagnostic)))
        }
        guard let site = findings.site else {
            throw Diagnostic(
                .error,
                "nothing was replayed: the policies are not in order",
                file: what
            )
        }
        return site
    }

    private func thresholds() throws -> [(name: String, value: Double)] {
        try threshold.map { text in
            guard let sign = text.lastIndex(of: "="),
                let value = Double(text[text.index(after: sign)...]), (0...1).contains(value)
            else {
                throw ValidationError("`--threshold` wants `policy=value`, such as `press=0.9`")
            }
            return (String(text[..<sign]), value)
        }
    }
}
