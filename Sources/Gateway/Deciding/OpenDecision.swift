// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import FoundationEssentials
import Vocabulary

/// A decision whose last word is still out: everything needed to ask the cloud and to finish it,
/// in this run or, read back from its row, in a later one.
///
/// On disk it is JSON with one-letter-free names, so that an operator can read a row with SQLite's own
/// shell. `format` says which version of this layout a row has.
struct OpenDecision: Codable, Sendable {
    /// What the first word was, and what the cloud's word is compared with.
    struct Local: Codable, Sendable {
        var label: String?
        var confidence: Double?
        var score: Double?
        var model: String?
        var modelVersion: String?
        /// What conditions may ask besides; absent in rows of earlier versions.
        var margin: Double?
        var probabilities: [Double]?
        var stage: Int?
        /// The number, of a model that gives one.
        var value: Double?
        /// The objects, of a model that finds some.
        var detections: [Finding.Detection]?
        /// Why there is no opinion: the model failed, or its answer would have been too late.
        var failed: String?
        var skipped: String?
        /// The model's digest, as thresholds are keyed by it; kept of audits only.
        var digest: String?
    }

    /// One tensor for the cloud's model.
    struct Tensor: Codable, Sendable {
        var name: String
        var values: [Float]
        /// The shape of a frame; absent for values in a row.
        var dimensions: [Int]?
    }

    /// The layout's version.
    var format = 1
    /// The draw of an audit; nil for a decision whose last word is out.
    var audit: AuditDraw?
    var id: String
    var policy: String
    var policyVersion: String
    var device: String
    /// Nanoseconds since 1970, by the device's clock or, where it sent none, at arrival.
    var time: Int64
    var sequence: Int64?
    var rule: String
    var route: Route
    var priority: Priority
    var fallback: Fallback?
    /// How final the last word published on it was; nil while there is none.
    var standing: String?
    /// How many words on it there are.
    var revisions: Int
    var local: Local
    /// The label acted on so far; nil while nothing was done.
    var actedOn: String?
    var endpoints: [String]
    var tensors: [Tensor]
    var topic: String
    var payload: Data
    /// Its reading's place in the message.
    var index: Int

    /// What is kept of a decision on the reading at `verge`.
    init(_ decision: Decision, verge: Verge, outbound: Outbound) {
        id = decision.id.description
        policy = decision.policy
        policyVersion = decision.policyVersion
        device = decision.device
        time = decision.time.nanoseconds
        sequence = verge.row.sequence
        rule = decision.rule
        route = decision.route
        priority = verge.ruling.priority
        fallback = verge.ruling.fallback
        revisions = decision.route == .defer ? 1 : 0
        local = Local(decision, verge.situation.finding)
        endpoints = verge.runtime.bound.endpoints
        tensors = outbound.tensors.map {
            Tensor(name: $0.name, values: $0.values, dimensions: $0.dimensions)
        }
        topic = verge.message.topic.name
        payload = Data(verge.batch.arena[verge.message.payload])
        index = verge.row.index
    }

    /// Its identity.
    var decisionID: DecisionID {
        // Written by `DecisionID.description`; a row damaged by hand gets an id nobody else has.
        DecisionID(id) ?? DecisionID(high: 0, low: 0)
    }

    /// What may leave the site.
    var outbound: Outbound {
        Outbound(
            tensors: tensors.map {
                Outbound.Tensor(name: $0.name, values: $0.values, dimensions: $0.dimensions)
            }
        )
    }

    /// The key of its question.
    var questionKey: EffectKey {
        let own: EffectKey.Own = audit == nil ? .ask : .audit
        return EffectKey(decision: decisionID, revision: 0, effect: own.rawValue)
    }

    /// Reads a row's body.
    static func decoded(_ body: [UInt8]) throws -> OpenDecision {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf",
            negativeInfinity: "-inf",
            nan: "nan"
        )
        return try decoder.decode(OpenDecision.self, from: Data(body))
    }
}
