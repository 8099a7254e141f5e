// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Decide
import Decode
import Infer
public import Vocabulary

/// One policy's part of the message path without a gateway: decode, infer, decide, and what would be done.
///
/// Runs the very code of the running path, and neither disk, network nor clock: the same input gives
/// the same result. Belongs to one thread. A streaming detector learns from call to call, as it does
/// in a lane; `forget` makes it new.
public final class Rehearsal {
    /// Why there is nothing to rehearse.
    public struct Failure: Error, CustomStringConvertible, Sendable {
        /// What is wrong, for a person.
        public var message: String

        /// The message.
        public var description: String { message }
    }

    /// When a reading arrived that has no time of its own: 2025-06-15T15:06:40Z.
    public static let standingTime = WallTime(nanoseconds: 1_750_000_000_000_000_000)

    /// Whether readings come with what each part of each condition gave; costs much more.
    public var explains = false

    let runtime: PolicyRuntime
    let writer: EffectWriter
    private let engine: CoreEngine?
    private var inference: LaneInference?
    private var captures: (topic: String, values: [String]?) = ("", nil)

    /// The policy.
    public var policy: Policy { runtime.policy }

    /// Prepares the policy called `policy` of a checked site.
    public convenience init(site: CheckedSite, policy: String) throws(Failure) {
        guard let bound = site.policies.first(where: { $0.policy.name == policy }) else {
            let names = site.policies.map { "`\($0.policy.name)`" }.joined(separator: ", ")
            throw Failure(message: "there is no policy `\(policy)`; there is \(names)")
        }
        try self.init(
            bound,
            engine: site.engine,
            site: site.configuration.site,
            verdictTopic: site.configuration.verdictTopic
        )
    }

    init(
        _ bound: BoundPolicy,
        engine: CoreEngine?,
        site: String,
        verdictTopic: Template
    ) throws(Failure) {
        do throws(DecodeSpecError) {
            runtime = try PolicyRuntime(bound, tracker: SequenceTracker(run: 1))
        } catch {
            throw Failure(message: "the policy's reading does not compile: \(error)")
        }
        self.engine = engine
        let time = StandingTime(wallTime: Self.standingTime)
        inference = engine?.makeLane(time: time)
        writer = EffectWriter(site: site, verdictTopic: verdictTopic, time: time)
    }

    /// Makes every streaming detector new.
    public func forget() {
        inference = engine?.makeLane(time: StandingTime(wallTime: Self.standingTime))
    }

    /// What would become of a message; empty where its payload holds no reading, or none that completes
    /// a window.
    ///
    /// `later` moves the device's own times and counters: the same payload, sent again.
    /// With `explained`, also the variables that the conditions saw. Throws why the message would be
    /// a dead letter, or that its topic is not the policy's.
    public func readings(
        topic: String,
        payload: [UInt8],
        facts: RehearsalFacts = RehearsalFacts(),
        later: (by: Interval, steps: Int)? = nil
    ) throws(Failure) -> [RehearsedReading] {
        guard let captures = captures(of: topic) else {
            let pattern = policy.match.source
            throw Failure(message: "the topic `\(topic)` does not match `\(pattern)`")
        }
        runtime.begin()
        let error = payload.withUnsafeBytes { bytes -> DecodeError? in
            do throws(DecodeError) {
                runtime.waiting = [.init(message: 0, captures: captures)]
                _ = try runtime.decode(
                    at: 0,
                    topic: Topic(name: topic, index: 0, generation: 0),
                    payload: bytes
                )
                return nil
            } catch {
                return error
            }
        }
        if let error {
            throw Failure(message: "the payload does not decode (\(error.code.rawValue)): \(error)")
        }
        if let later {
            runtime.readings.shift(from: 0, by: later.by, steps: Int64(later.steps))
        }
        let rows = runtime.readings.rows.indices
        observe(rows.map { ($0, facts.finding) }) { _ in facts.now }
        let findings = findings(rows.map { ($0, facts.finding) }) {
            self.scene($0, [$1], topic, captures, payload, facts).situation
        }
        return rows.compactMap { row in
            guard !routesNowhere(findings[row]) else { return nil }
            return reading(scene(row, findings[row], topic, captures, payload, facts))
        }
    }

    /// What would become of a reading that is decoded already.
    public func reading(_ recorded: RecordedReading) throws(Failure) -> RehearsedReading {
        guard let captures = captures(of: recorded.topic) else {
            let pattern = policy.match.source
            throw Failure(message: "the topic `\(recorded.topic)` does not match `\(pattern)`")
        }
        runtime.begin()
        append(recorded)
        observe([(0, recorded.facts.finding)]) { _ in recorded.facts.now }
        let found = findings([(0, recorded.facts.finding)]) {
            self.scene($0, [$1], recorded.topic, captures, nil, recorded.facts).situation
        }
        guard !routesNowhere(found[0]) else {
            throw Failure(message: "the reading completes no window: it routes nowhere")
        }
        return reading(scene(0, found[0], recorded.topic, captures, nil, recorded.facts))
    }

    /// What the policy makes of many recorded readings, in their order; nil where the topic is not its own,
    /// or the reading completes no window.
    ///
    /// The fast way: readings without a finding share a run of the model, and nothing is written but
    /// rulings. Give a few hundred at a time.
    public func rulings(_ recorded: [RecordedReading]) -> [RehearsedRuling?] {
        runtime.begin()
        var rows: [(row: Int, given: Finding?)] = []
        var scenes: [(captures: [String], row: Int)?] = []
        var origins: [(captures: [String], recorded: Int)] = []
        for (index, one) in recorded.enumerated() {
            guard let captures = captures(of: one.topic) else {
                scenes.append(nil)
                continue
            }
            scenes.append((captures, rows.count))
            origins.append((captures, index))
            rows.append((rows.count, one.facts.finding))
            append(one)
        }
        observe(rows) { recorded[origins[$0].recorded].facts.now }
        let found = findings(rows) { row, finding in
            let (captures, index) = origins[row]
            let one = recorded[index]
            return self.scene(row, [finding], one.topic, captures, nil, one.facts).situation
        }
        return zip(recorded, scenes).map { one, place in
            guard let (captures, row) = place, !routesNowhere(found[row]) else { return nil }
            let scene = scene(row, found[row], one.topic, captures, nil, one.facts)
            let ruling = runtime.evaluator.decide(
                scene.situation,
                readings: runtime.readings,
                row: row
            )
            var actions: [Int] = []
            if ruling.route == .act, !policy.actions.isEmpty {
                actions = runtime.evaluator.actions(
                    scene.situation,
                    readings: runtime.readings,
                    row: row
                )
            }
            return RehearsedRuling(finding: found[row].last, ruling: ruling, actions: actions)
        }
    }

    // MARK: - Pieces

    /// What the topic's captures stand for; the last topic is remembered, because streams repeat it.
    private func captures(of topic: String) -> [String]? {
        if captures.values == nil || captures.topic != topic {
            captures = (topic, policy.match.captures(in: topic))
        }
        return captures.values
    }

    /// The findings of each row in the order of the stages: the one given, or what the models say.
    private func findings(
        _ rows: [(row: Int, given: Finding?)],
        situation: @escaping (_ row: Int, Finding) -> Situation
    ) -> [[Finding]] {
        var all = rows.map { $0.given.map { [$0] } ?? [] }
        guard let inference else { return all }
        // Those without a finding are the runtime's cases.
        let runtime = runtime
        InferenceRound().run(
            [runtime],
            by: inference,
            situation: { situation($0.cases[$1].row, $2) },
            heard: { all[runtime.cases[$0].row].append($1) }
        )
        return all
    }

    /// Shows the readings without a finding to the windows of the models.
    private func observe(
        _ rows: [(row: Int, given: Finding?)],
        now: (_ row: Int) -> WallTime?
    ) {
        for (row, given) in rows where given == nil {
            let reading = PolicyRuntime.Case(row: row, waiting: .max)
            runtime.cases.append(reading)
        }
        runtime.observe(by: inference) { now($0) ?? Self.standingTime }
    }

    /// True for a reading that is no decision: a model was asked, and it completed no window.
    private func routesNowhere(_ findings: [Finding]) -> Bool {
        findings.isEmpty && inference != nil && !policy.stages.isEmpty
    }

    private func append(_ recorded: RecordedReading) {
        let spec = policy.reading
        var values = [FieldValue](repeating: .absent, count: spec.fields.count)
        for (name, value) in recorded.fields {
            guard let slot = spec.slot(of: name) else { continue }
            switch value {
            case .absent: values[slot] = .absent
            case .number(let number): values[slot] = .number(number)
            case .text(let text): values[slot] = .text(text)
            case .flag(let flag): values[slot] = .flag(flag)
            case .samples(let numbers):
                let start = runtime.readings.samples.count
                for number in numbers { runtime.readings.appendSample(number) }
                values[slot] = .samples(start..<runtime.readings.samples.count)
            }
        }
        let row = ReadingBatch.Row(
            message: 0,
            index: 0,
            device: recorded.device,
            deviceTime: recorded.time,
            sequence: recorded.sequence
        )
        runtime.readings.append(row, values: values)
    }

    private func scene(
        _ row: Int,
        _ findings: [Finding],
        _ topic: String,
        _ captures: [String],
        _ payload: [UInt8]?,
        _ facts: RehearsalFacts
    ) -> RehearsalScene {
        let arrival = facts.now ?? runtime.readings.rows[row].deviceTime ?? Self.standingTime
        let situation = Situation(
            finding: findings.last,
            topic: topic,
            captures: captures,
            isRetained: facts.isRetained,
            payload: { payload.flatMap { PayloadValue(parsing: $0) } },
            cloud: facts.cloud,
            queue: facts.queue,
            bound: facts.bound,
            deadlineLeft: facts.deadlineLeft ?? policy.deadline,
            now: arrival
        )
        return RehearsalScene(
            row: row,
            findings: findings,
            situation: situation,
            facts: facts,
            arrival: arrival
        )
    }
}

/// One reading at the point of its decision.
struct RehearsalScene {
    var row: Int
    var findings: [Finding]
    var situation: Situation
    var facts: RehearsalFacts
    var arrival: WallTime
}
