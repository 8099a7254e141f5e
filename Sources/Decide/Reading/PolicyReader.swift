// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Settings
import Vocabulary

/// Reads one policy file, and reports everything that is wrong with it.
///
/// The parts are read in the file's order; each later one uses what the earlier ones gave.
struct PolicyReader {
    let root: SettingsNode
    let surroundings: Surroundings
    let version: String
    let file: String

    /// The names the topic captures, whether or not the rest of the file is in order.
    var captures: [String] = []
    /// The topics it is about, where they are in order.
    var match: TopicMatch?
    var fields: [ReadingSpec.Field] = []
    var hasSequence = false
    var hasTime = false
    /// The models in the order of the stages, with the places where they are named.
    var models: [(name: String, shape: ModelShape?, node: SettingsNode)] = []
    /// The model whose variables conditions are checked against; outside `stages` the last one.
    var model: String?
    var modelShape: ModelShape?
    var lets: [NamedExpression] = []
    let usage = LetUsage()
    /// The conditions of the rules that compile, in the order of the rules.
    var conditions: [(name: String, node: SettingsNode, program: Program)] = []
    var thresholds: [Threshold] = []
    var costs: Costs?
    var modelDigest: String?
    var cloudModel: String?
    var endpoints: [String] = []
    var deadline: Interval?
    var environment = CEL.Environment(variables: [])
    /// Where the topics of its actions stand, to be compared with what the gateway listens to.
    var published: [PublishedTopic] = []

    init(root: SettingsNode, surroundings: Surroundings, version: String, file: String) {
        self.root = root
        self.surroundings = surroundings
        self.version = version
        self.file = file
    }

    /// The policy; nil when something is missing, which has been reported.
    ///
    /// Unfit parts are left out.
    mutating func read() -> Policy? {
        let name = root.required("policy", .name)
        let match = readMatch()
        let reading = readReading()
        readModels()
        readEndpoints()
        cloudModel = endpoints.first.flatMap { surroundings.cloudModels[$0]?[name ?? ""] }
        readThresholds()
        readCosts()
        let audit = root.value("audit", .fraction, default: 0)
        let whenBoundBroken = root.value(
            "when_bound_broken",
            .choice(BoundResponse.self),
            default: .alarm
        )
        deadline = root.optionalDuration(
            "deadline",
            in: .milliseconds(1)...Interval.seconds(86_400)
        )
        let timeToLive = root.optionalDuration(
            "time_to_live",
            in: .seconds(1)...Interval.seconds(10 * 365 * 86_400)
        )
        makeEnvironment()
        readLets()
        let stages = readStages()
        let rules = readRules()
        let otherwise = readOtherwise()
        let privacy = readPrivacy(
            asksCloud: (rules + [otherwise]).contains { $0?.asksCloud == true }
        )
        let actions = readActions(privacy: privacy)
        let sinks = readSinks(privacy: privacy)
        checkLetsAreUsed()
        checkReachability()
        checkFallbacksAct(actions)
        checkDeadline()
        guard let name, let match, let reading, let otherwise else { return nil }
        return Policy(
            name: name,
            version: version,
            file: file,
            match: match,
            reading: reading,
            stages: stages,
            thresholds: thresholds,
            costs: costs,
            modelDigest: modelDigest,
            cloudModel: cloudModel,
            audit: audit,
            whenBoundBroken: whenBoundBroken,
            endpoints: endpoints,
            deadline: deadline,
            timeToLive: timeToLive,
            lets: lets,
            rules: rules.compactMap(\.self),
            otherwise: otherwise,
            actions: actions,
            privacy: privacy,
            sinks: sinks,
            environment: environment,
            alarmPlaces: alarmPlaces
        )
    }

    private mutating func readEndpoints() {
        for node in root.items("escalate") ?? [] {
            guard let name = node.read(.string) else { continue }
            if !surroundings.endpoints.contains(name) {
                let names = surroundings.endpoints.sorted()
                node.problem(
                    "unknown endpoint `\(name)`",
                    hint: Self.hint(for: name, among: names, none: "none is configured")
                )
            } else if endpoints.contains(name) {
                node.problem("`\(name)` is named twice")
                continue
            }
            // Kept even if unknown: the rules that use it are not to blame.
            endpoints.append(name)
        }
    }

    /// "did you mean …?", or else what there is to choose from.
    static func hint(for name: String, among names: [String], none: String) -> String {
        if let hint = Suggestion.hint(for: name, among: names) { return hint }
        guard !names.isEmpty else { return none }
        return "there is " + names.map { "`\($0)`" }.joined(separator: ", ")
    }
}
