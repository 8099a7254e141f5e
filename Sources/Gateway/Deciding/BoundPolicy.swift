// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Infer
import Vocabulary

/// A policy joined with the models, endpoints and templates it names; immutable, shared by all threads.
struct BoundPolicy: Sendable {
    /// One tensor that the policy's endpoints are sent.
    struct OutboundTensor: Sendable {
        var name: String
        var pipeline: OutboundPipeline
    }

    /// The body of an action as its policy writes it.
    struct Body: Sendable {
        var template: BodyTemplate
        var names: [String]

        var contentType: String { template.contentType }
    }

    /// Where an action goes.
    enum Target: Sendable {
        case publish(topic: TopicTemplate, qualityOfService: UInt8, retain: Bool)
        case webhook(Webhook)
        case log
    }

    /// An action with its templates compiled.
    struct Action: Sendable {
        var target: Target
        var body: Body?
    }

    var policy: Policy
    /// How often its rules have held.
    var hits = RuleTally(rules: 0)
    /// What reads its kept decisions again.
    var benches = SubjectBenches()
    /// The models of its stages, in their order; empty for a policy without one.
    var models: [ModelHandle]
    /// How fast those of them are that take time.
    var paces: [Paced]
    /// True when a late finding is of no use: the policy says what becomes of readings that are skipped.
    var skipsLate: Bool
    /// Its endpoints, by the names under which the stage Escalate knows them, in order.
    var endpoints: [String]
    var outboundTensors: [OutboundTensor]
    /// In the order of `policy.actions`.
    var actions: [Action]

    /// One of its models, and how fast it is now.
    struct Paced: Sendable {
        var model: ModelReference
        /// How many readings go in a run.
        var maximumBatch: Int
        var pace: ModelPace
    }

    /// True when one of the models gathers each device's readings.
    var hasWindows: Bool { models.contains(where: \.isWindowed) }

    /// True when one of the models is too slow for a lane now: its readings become `pending` rows.
    ///
    /// All of them, because a reading that a fast stage would accept keeps its place among its
    /// device's readings that way.
    var isSlow: Bool { paces.contains { $0.pace.runsOnWorker } }

    /// True when a version of one of its models runs beside.
    var hasShadow: Bool { models.contains { $0.shadow != nil } }

    /// Its models as people read them, in the order of the stages; nil for a policy without one.
    var modelNames: String? {
        models.isEmpty ? nil : models.map(\.reference.description).joined(separator: " → ")
    }
}
