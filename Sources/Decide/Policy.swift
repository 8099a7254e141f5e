// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
public import Vocabulary

/// One policy file, read, checked and compiled: what to do with one kind of message.
///
/// A class, because everything that is decided under it holds it: its parts are some thirty references, which
/// would be counted up and down with every copy.
public final class Policy: Sendable {
    /// Its name.
    public let name: String
    /// The first 12 hexadecimal digits of the SHA-256 of its file.
    public let version: String
    /// The path of its file, as the user named the folder.
    public let file: String
    /// The topics it is about.
    public let match: TopicMatch
    /// How their payloads are read.
    public let reading: ReadingSpec
    /// The models that are asked about a reading, one after the other until one is accepted; empty for
    /// a policy that decides on fields alone.
    public let stages: [Stage]
    /// The thresholds it holds, each for the models it was tuned for; see ``threshold(for:cloud:)``.
    public let thresholds: [Threshold]
    /// What mistakes and questions cost; nil where it does not say.
    public let costs: Costs?
    /// The digest of the local model it was read for: 12 hexadecimal digits, those of a cascade's stages
    /// joined by `+`; nil where nobody knows it.
    public let modelDigest: String?
    /// The first endpoint's model, `name/version`, or `name` where the server chooses the version.
    public let cloudModel: String?
    /// The share of confidently kept readings that the cloud is asked about all the same; 0 for none.
    public let audit: Double
    /// What happens when live audits show the bound broken.
    public let whenBoundBroken: BoundResponse
    /// The endpoints to ask, in order.
    public let endpoints: [String]
    /// How long a message has in all, from the sensor's time; nil for as long as it takes.
    public let deadline: Interval?
    /// How long a spooled row is worth sending; nil for ever.
    public let timeToLive: Interval?
    /// The named expressions, each of which may use the ones before it.
    public let lets: [NamedExpression]
    /// The rules in the order they are tried.
    public let rules: [Rule]
    /// What happens when no rule holds.
    public let otherwise: Rule
    /// What acting means.
    public let actions: [ActionSpec]
    /// What may leave the site.
    public let privacy: Privacy
    /// The user's own stores that it sends to.
    public let sinks: [PolicySink]

    /// The variables of its conditions; a slot is a variable's index.
    let environment: CEL.Environment
    /// The places of the alarm labels among the model's, for `alarm`.
    let alarmPlaces: [Int]

    init(
        name: String,
        version: String,
        file: String,
        match: TopicMatch,
        reading: ReadingSpec,
        stages: [Stage],
        thresholds: [Threshold],
        costs: Costs?,
        modelDigest: String?,
        cloudModel: String?,
        audit: Double,
        whenBoundBroken: BoundResponse,
        endpoints: [String],
        deadline: Interval?,
        timeToLive: Interval?,
        lets: [NamedExpression],
        rules: [Rule],
        otherwise: Rule,
        actions: [ActionSpec],
        privacy: Privacy,
        sinks: [PolicySink],
        environment: CEL.Environment,
        alarmPlaces: [Int]
    ) {
        self.name = name
        self.version = version
        self.file = file
        self.match = match
        self.reading = reading
        self.stages = stages
        self.thresholds = thresholds
        self.costs = costs
        self.modelDigest = modelDigest
        self.cloudModel = cloudModel
        self.audit = audit
        self.whenBoundBroken = whenBoundBroken
        self.endpoints = endpoints
        self.deadline = deadline
        self.timeToLive = timeToLive
        self.lets = lets
        self.rules = rules
        self.otherwise = otherwise
        self.actions = actions
        self.privacy = privacy
        self.sinks = sinks
        self.environment = environment
        self.alarmPlaces = alarmPlaces
    }

    /// The same policy with other thresholds.
    convenience init(_ other: Policy, thresholds: [Threshold]) {
        self.init(
            name: other.name,
            version: other.version,
            file: other.file,
            match: other.match,
            reading: other.reading,
            stages: other.stages,
            thresholds: thresholds,
            costs: other.costs,
            modelDigest: other.modelDigest,
            cloudModel: other.cloudModel,
            audit: other.audit,
            whenBoundBroken: other.whenBoundBroken,
            endpoints: other.endpoints,
            deadline: other.deadline,
            timeToLive: other.timeToLive,
            lets: other.lets,
            rules: other.rules,
            otherwise: other.otherwise,
            actions: other.actions,
            privacy: other.privacy,
            sinks: other.sinks,
            environment: other.environment,
            alarmPlaces: other.alarmPlaces
        )
    }

    /// The model of the last stage; nil for a policy that decides on fields alone.
    public var model: String? { stages.last?.model }
}

/// What a policy lets out of the site: nothing that is not named here.
public struct Privacy: Hashable, Sendable {
    /// The names of the reading fields that may be sent to the cloud, each a tensor of that name.
    public let send: [String]
    /// The captures that may be sent, and `device` where devices may be named.
    public let names: [String]
    /// The variables of conditions that may not leave: fields, captures, the device and the topic, and
    /// the named expressions that are made of them.
    public let withheld: Set<String>
    /// The text fields and captures, and `device`, that leave only as a keyed hash.
    public let hashed: Set<String>
    /// The fields whose numbers leave only as multiples of a step.
    public let rounded: [String: Double]

    /// Makes an allow-list.
    public init(
        send: [String],
        names: [String] = [],
        withheld: Set<String> = [],
        hashed: Set<String> = [],
        rounded: [String: Double] = [:]
    ) {
        self.send = send
        self.names = names
        self.withheld = withheld
        self.hashed = hashed
        self.rounded = rounded
    }

    /// `number` as it may leave as the value of the field `name`: the nearest multiple of its step.
    public func rounded(_ number: Double, of name: String) -> Double {
        guard let step = rounded[name], number.isFinite else { return number }
        return (number / step).rounded() * step
    }
}
