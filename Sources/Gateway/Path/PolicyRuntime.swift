// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import Infer
import Vocabulary

/// One policy as one thread runs it: its decoder, its evaluator, its memory of readings, its buffers.
final class PolicyRuntime {
    /// A message that waits to be decoded under this policy.
    struct Waiting {
        var message: Int
        var captures: [String]
        /// What is known of one that was put aside earlier.
        var aside: Aside?
        /// What is known of one that was a dead letter.
        var requeued: RequeuedMessage?
    }

    /// What a message brings along that was put aside earlier.
    ///
    /// A class, because few have one and all that wait would carry its room about.
    final class Aside {
        let arrival: MonotonicInstant
        let arrivalWallTime: WallTime
        /// The ids of its readings' decisions, by their place in the message.
        let ids: [Int: DecisionID]
        /// What models that remember are fed, by the model's name and the reading's place.
        let inputs: [String: [Int: PreparedRow]]
        /// The fields that other topics have brought, by the reading's place.
        let joined: [Int: [String: Double]]

        init(
            arrival: MonotonicInstant,
            arrivalWallTime: WallTime,
            ids: [Int: DecisionID],
            inputs: [String: [Int: PreparedRow]],
            joined: [Int: [String: Double]]
        ) {
            self.arrival = arrival
            self.arrivalWallTime = arrivalWallTime
            self.ids = ids
            self.inputs = inputs
            self.joined = joined
        }

        func inputs(of model: ModelHandle, _ index: Int) -> PreparedRow? {
            inputs[model.reference.name]?[index]
        }
    }

    /// A reading that wants a decision.
    ///
    /// Numbers only: what it shares with its message is in `waiting`, where nothing is counted up and down
    /// for each reading.
    struct Case {
        var row: Int
        /// The place of its message in `waiting`; beyond it for one that never was a message.
        var waiting: Int
        /// What tells it from its device's other readings, the same when it comes again; nil for one put
        /// aside earlier.
        var mark: InputIdentity.Mark?
        /// The decision's id, for one put aside earlier.
        var id: DecisionID?
        /// Its deadline, where the policy has one.
        var deadline: Deadline?
    }

    let bound: BoundPolicy
    let evaluator: PolicyEvaluator
    /// The policy's name; like what follows, read for every reading, for which a policy is too much to copy.
    let name: String
    /// The share of readings that are audited.
    let audit: Double
    /// True when an action waits until its condition has held for a while.
    let hasHolds: Bool
    /// True when decisions go to the user's own stores.
    let hasSinks: Bool
    /// True when one of the models has a version that speaks for some devices.
    let hasCanary: Bool
    /// True when a version of one of the models runs beside.
    let hasShadow: Bool
    /// True when one of the models gathers each device's readings.
    let hasWindows: Bool
    var readings: ReadingBatch
    var tracker: SequenceTracker
    var waiting: [Waiting] = []
    var cases: [Case] = []
    /// What the models said of each case; empty for a policy without one.
    var found: [Finding?] = []
    /// What it asks its models with.
    var party: InferenceRound.Party
    /// What is counted of the decisions of this batch.
    var tally: DecisionTally
    /// The conditions of stages that could not be evaluated in this batch.
    var stageFailures: [ConditionFailure] = []
    /// When heads of counters are to be written again.
    var headsDue = MonotonicInstant(nanoseconds: 0)
    /// The shard of heads that was written last.
    var lastShard = 0
    private let captureNames: [String]
    private var decoders: TopicDecoders
    private var numbers: [Float] = []
    /// Where frames that leave are decoded.
    private lazy var outboundRoom = OutboundRoom()
    /// One reading with its numbers as they may leave.
    private var released: ReadingBatch

    var policy: Policy { bound.policy }

    init(_ bound: BoundPolicy, tracker: SequenceTracker) throws(DecodeSpecError) {
        self.bound = bound
        self.tracker = tracker
        evaluator = PolicyEvaluator(bound.policy)
        name = bound.policy.name
        audit = bound.policy.audit
        hasHolds = bound.policy.actions.contains { $0.hold != nil }
        hasSinks = !bound.policy.sinks.isEmpty
        hasCanary = bound.models.contains { $0.canary != nil }
        hasShadow = bound.hasShadow
        hasWindows = bound.hasWindows
        party = InferenceRound.Party(bound)
        tally = DecisionTally(rules: bound.policy.rules.count)
        captureNames = bound.policy.match.names
        // The lane has refused what is longer than its input allows.
        let limits = DecodeLimits(payloadBytes: 64 << 20)
        decoders = try TopicDecoders(spec: bound.policy.reading, limits: limits)
        readings = ReadingBatch(fieldCount: bound.policy.reading.fields.count)
        released = ReadingBatch(fieldCount: bound.policy.reading.fields.count)
    }

    /// The digest of the models that speak for a reading's device, where they are not the policy's own.
    func canaryDigest(of reading: Case, _ lot: CanaryLot) -> String? {
        bound.canaryDigest(for: readings.rows[reading.row].device, lot: lot)
    }

    /// What the captures of the policy's topic stand for in the message of a reading.
    func captures(of reading: Case) -> [String] {
        reading.waiting < waiting.count ? waiting[reading.waiting].captures : []
    }

    /// What is known of a reading that was put aside earlier.
    func aside(of reading: Case) -> Aside? {
        reading.waiting < waiting.count ? waiting[reading.waiting].aside : nil
    }

    /// Makes room for the next batch.
    func begin() {
        readings.reset()
        waiting.removeAll(keepingCapacity: true)
        cases.removeAll(keepingCapacity: true)
        found.removeAll(keepingCapacity: true)
        stageFailures.removeAll(keepingCapacity: true)
    }

    /// Decodes the message that waits at `place`; the rows it became.
    func decode(
        at place: Int,
        topic: Topic,
        payload: UnsafeRawBufferPointer
    ) throws(DecodeError) -> Range<Int> {
        let first = readings.count
        try decoders.decode(
            topic: topic,
            message: waiting[place].message,
            payload: payload,
            captures: { name in
                self.captureNames.firstIndex(of: name).map { self.waiting[place].captures[$0] }
            },
            into: &readings
        )
        return first..<readings.count
    }

    /// What may leave the site about reading `row`, as the policy's endpoints want it.
    ///
    /// The one place where a reading becomes `Outbound`: the pipelines were checked against the policy's
    /// allow-list when they were bound. Throws where a field that a feature wants is not there.
    func outbound(row: Int) throws(FeatureFailure) -> Outbound {
        var tensors: [Outbound.Tensor] = []
        let isRounded = !policy.privacy.rounded.isEmpty
        if isRounded { release(row) }
        for tensor in bound.outboundTensors {
            numbers.removeAll(keepingCapacity: true)
            if isRounded {
                try tensor.pipeline.write(released, row: 0, into: &numbers, in: outboundRoom)
            } else {
                try tensor.pipeline.write(readings, row: row, into: &numbers, in: outboundRoom)
            }
            tensors.append(
                Outbound.Tensor(
                    name: tensor.name,
                    values: numbers,
                    dimensions: tensor.pipeline.dimensions
                )
            )
        }
        return Outbound(tensors: tensors)
    }

    /// Copies a reading with its numbers rounded as the policy says, before features are made of them.
    private func release(_ row: Int) {
        released.reset()
        var values: [FieldValue] = []
        for (slot, field) in policy.reading.fields.enumerated() {
            switch readings[row, slot] {
            case .number(let number):
                values.append(.number(policy.privacy.rounded(number, of: field.name)))
            case .samples(let range):
                let start = released.samples.count
                for sample in readings.samples[range] {
                    released.appendSample(policy.privacy.rounded(sample, of: field.name))
                }
                values.append(.samples(start..<released.samples.count))
            case .bytes(let range):
                let bytes = Array(readings.bytes[range])
                values.append(.bytes(bytes.withUnsafeBytes { released.appendBytes($0) }))
            case let value: values.append(value)
            }
        }
        released.append(readings.rows[row], values: values)
    }
}
