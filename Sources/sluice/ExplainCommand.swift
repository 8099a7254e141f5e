// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Decide
import Gateway
import Logging
import Settings
import Telemetry
import Vocabulary

/// The verb `sluice explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Say why a decision was made, or would be, and what would turn it.",
        discussion: """
            A decision is named by its id, or the beginning of it, and read from the decision log: no \
            gateway has to run. Its rules are tried again on the logged values where the policy is still the \
            same. Values in the log are private; so is what this prints.

            With --policy and --payload a message is taken through decode, model and rules, and nothing is \
            sent, logged or kept. --with says what to take for granted: cloud.up, cloud.p95, \
            deadline.left, queue.fill, retained, label, confidence, answer and others. --before is for \
            models that remember a device's readings (windows, detectors): the messages that came before, \
            oldest first, a payload a line, or a topic, a blank and a payload.

              sluice explain 7f3a91c2
              sluice explain --policy bearing-wear --payload message.json \\
                --with 'cloud.up=true,cloud.p95=84ms,deadline.left=203ms'
            """
    )

    @Argument(help: "The decision's id, or enough of its beginning.")
    var decision: String?

    @OptionGroup var file: ConfigurationOption

    @Option(
        help: ArgumentHelp(
            "The policy to rehearse: its name, or the path of its folder.",
            valueName: "policy"
        )
    )
    var policy: String?

    @Option(
        help: ArgumentHelp("The message's payload.", valueName: "file"),
        completion: .file()
    )
    var payload: String?

    @Option(
        help: ArgumentHelp("The messages that came before it, one a line.", valueName: "file"),
        completion: .file()
    )
    var before: String?

    @Option(help: "The message's topic; without it, one that the policy matches.")
    var topic: String?

    @Option(help: ArgumentHelp("What to take for granted.", valueName: "facts"))
    var with: String?

    @Option(
        help: ArgumentHelp("The decision log, instead of the configured one.", valueName: "file"),
        completion: .file()
    )
    var log: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (decision == nil) == (policy != nil && payload != nil) else {
            throw ValidationError("name a decision, or give both `--policy` and `--payload`")
        }
        if let decision {
            let isID = decision.utf8.count <= 32 && decision.allSatisfy(\.isHexDigit)
            guard isID, !decision.isEmpty else {
                throw ValidationError("a decision's id is of hexadecimal digits, at most 32")
            }
            let others = [policy, payload, before, topic, with]
            guard others.allSatisfy({ $0 == nil }) else {
                throw ValidationError(
                    "`--policy`, `--payload`, `--before`, `--topic` and `--with` are for a message, not "
                        + "a decision"
                )
            }
        } else if log != nil {
            throw ValidationError("`--log` is for a decision, not a message")
        }
    }

    func run() async throws {
        LoggingSystem.bootstrap { LineLogHandler(label: $0, level: .error) }
        if let decision {
            try explain(decision: decision)
        } else if let policy, let payload {
            try rehearse(policy, payload)
        }
    }

    // MARK: - What was

    private func explain(decision: String) throws {
        let (configuration, diagnostics, _) = GatewayConfiguration.read(path: file.path)
        guard let path = log ?? configuration?.decisionLog else {
            if configuration == nil {
                Console.print(CheckFindings(diagnostics: diagnostics, site: nil), verdict: nil)
            } else {
                Console.complain("\(file.path): error: no log is kept: set `decisions: { log: … }`")
            }
            throw Console.configurationError
        }
        let found: DecisionArchive.Found
        do throws(DecisionArchive.Failure) {
            found = try DecisionArchive(path: path).find(decision)
        } catch {
            Console.complain("sluice: \(error)")
            throw ExitCode.failure
        }
        if found.damaged > 0 {
            Console.complain("\(path): warning: \(found.damaged) lines cannot be read")
        }
        let policies = configuration?.readablePolicies() ?? []
        let stories = found.ids.compactMap { DecisionStory($0, found, policies: policies) }
        guard let story = stories.first else {
            Console.complain("sluice: no decision in \(path) begins with \(decision)")
            throw ExitCode.failure
        }
        guard stories.count == 1 else {
            let more = found.ids.count >= 100 ? "100 or more" : "\(stories.count)"
            Console.complain("sluice: \(more) decisions begin with \(decision):")
            for story in stories.prefix(20) {
                let id = story.decisionId ?? ""
                Console.complain("  \(id)  \(story.time)  \(story.device)  \(story.rule)")
            }
            throw ExitCode.failure
        }
        show([story])
    }

    // MARK: - What would be

    private func rehearse(_ policy: String, _ payload: String) throws {
        let logger = Logger(label: "sluice")
        var findings = CheckedSite.check(configuration: file.path, logger: logger)
        if let site = findings.site, site.policy(policy) == nil, policy.contains("/") {
            findings = site.replacing(policies: policy)
        }
        guard let site = findings.site else {
            Console.print(findings, verdict: nil)
            throw Console.configurationError
        }
        let isOnly = policy.contains("/") && site.policyNames.count == 1
        let name = isOnly ? site.policyNames[0] : policy
        do {
            let bytes = try BoundedFile.read(path: payload, limit: 64 << 20)
            var facts = RehearsalFacts()
            try facts.take(with ?? "", timeout: site.timeout(ofPolicy: name))
            let topic = topic ?? site.policy(name)?.match.patterns[0].example ?? ""
            let earlier = try before.map { path throws(BoundedFile.Failure) in
                EarlierMessage.read(
                    try BoundedFile.read(path: path, limit: 256 << 20),
                    policy: site.policy(name),
                    topic: topic
                )
            }
            let stories = try site.stories(
                ofPolicy: name,
                topic: topic,
                payload: bytes,
                facts: facts,
                after: earlier ?? []
            )
            show(stories)
        } catch {
            let text = (error as? BoundedFile.Failure)?.message ?? "\(error)"
            Console.complain("sluice: \(text)")
            throw ExitCode.failure
        }
    }

    private func show(_ stories: [DecisionStory]) {
        print(
            json
                ? DecisionStory.json(stories)
                : stories.map(\.text).joined(separator: "\n\n")
        )
    }
}

extension TopicPattern {
    /// A topic that matches: captures and wildcards stand for themselves.
    fileprivate var example: String {
        source.split(separator: "/", omittingEmptySubsequences: false)
            .map { level in
                let name = level.drop { $0 == "+" || $0 == "#" }
                return name.isEmpty && !level.isEmpty ? "any" : String(name)
            }
            .joined(separator: "/")
    }
}
