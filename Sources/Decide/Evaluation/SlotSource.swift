// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Vocabulary

/// What a frame's slots are filled from: a situation, a reading, and what the policy sets.
///
/// Made for every decision, so it copies nothing that has a count of references but the situation
/// and the batch. A slot without a value is left empty: the condition that reads it cannot be evaluated.
struct SlotSource {
    /// What the policy itself gives its conditions.
    struct Constants {
        let captureCount: Int
        let limits: ThresholdLimits
        /// The cloud's model whose answers they are for; nil before its first.
        let cloud: String?
        /// The models that spoke where they are not the policy's own: a canary.
        let model: String?
        /// True when nothing counts as sure while the bound is broken.
        let widens: Bool
        let deadline: Interval?
        /// The places of the alarm labels among the model's.
        let alarm: [Int]
        let alarmLabels: [String]

        init(_ policy: Policy, cloud: String?, model: String? = nil) {
            captureCount = policy.match.names.count
            limits = policy.limits(model: model, cloud: cloud)
            self.cloud = cloud
            self.model = model
            widens = policy.whenBoundBroken == .escalate
            deadline = policy.deadline
            alarm = policy.alarmPlaces
            alarmLabels = policy.costs?.alarm ?? []
        }
    }

    let constants: Constants
    let situation: Situation
    let readings: ReadingBatch
    let row: Int
    let verdict: Verdict?

    func fill(_ slot: Int, of frame: Frame) {
        guard let variable = ConditionVariable(rawValue: slot) else {
            let capture = slot - ConditionVariable.count
            if capture >= constants.captureCount {
                fillField(capture - constants.captureCount, slot, frame)
            } else if situation.captures.indices.contains(capture) {
                frame.set(slot, .string(situation.captures[capture]))
            } else {
                frame.clear(slot)
            }
            return
        }
        if !fill(variable, slot, frame) {
            frame.clear(slot)
        }
    }

    private func fillField(_ field: Int, _ slot: Int, _ frame: Frame) {
        guard readings.rows.indices.contains(row), (0..<readings.fieldCount).contains(field) else {
            return frame.clear(slot)
        }
        switch readings[row, field] {
        case .absent: frame.clear(slot)
        case .number(let number): frame.set(slot, double: number)
        case .text(let text): frame.set(slot, .string(text))
        case .flag(let flag): frame.set(slot, bool: flag)
        case .samples(let range):
            frame.set(slot, .list(readings.samples[range].map { .double($0) }))
        case .bytes(let range):
            frame.setLazy(slot) { [readings] in .bytes(Array(readings.bytes[range])) }
        }
    }

    private func fill(_ variable: ConditionVariable, _ slot: Int, _ frame: Frame) -> Bool {
        switch variable {
        case .confidence, .score, .label, .margin, .probabilities, .value, .detections,
            .modelName, .modelVersion, .modelFailed, .modelSkipped, .modelLatency, .alarm, .stage:
            return fillFinding(variable, slot, frame)
        case .cloudUp, .cloudP50, .cloudP95, .cloudInFlight, .cloudBreaker, .cloudBudgetLeft,
            .cloudMoneyLeft, .cloudCallsLeft, .queueDepth, .queueBytes, .queueFill, .queueOldest:
            fillFacts(variable, slot, frame)
            return true
        case .sequence, .time, .device:
            return fillRow(variable, slot, frame)
        case .topic: frame.set(slot, .string(situation.topic))
        case .payload:
            let payload = situation.payload
            frame.setLazy(slot) {
                guard let value = payload() else {
                    throw EvaluationError(code: .noValue, message: "`payload` cannot be read")
                }
                return Value(value)
            }
        case .deadlineTotal:
            guard let total = constants.deadline else { return false }
            frame.set(slot, nanoseconds: total.nanoseconds)
        case .deadlineLeft:
            guard let left = situation.deadlineLeft else { return false }
            frame.set(slot, nanoseconds: left.nanoseconds)
        case .threshold, .thresholdLow, .thresholdHigh:
            return fillThreshold(variable, slot, frame)
        case .boundHolds: frame.set(slot, bool: !situation.bound.isBroken)
        case .boundEstimate: frame.set(slot, double: situation.bound.upper)
        case .boundSamples: frame.set(slot, int: Int64(situation.bound.samples))
        case .now: frame.set(slot, .timestamp(Timestamp(situation.now)))
        case .retained: frame.set(slot, bool: situation.isRetained)
        }
        return true
    }

    private func fillThreshold(_ variable: ConditionVariable, _ slot: Int, _ frame: Frame) -> Bool {
        let isOff = constants.widens && situation.bound.isBroken
        let limits = isOff ? .nothingIsSure : constants.limits
        let limit: Double? =
            switch variable {
            case .thresholdLow: limits.low
            case .thresholdHigh: limits.high
            default: limits.value
            }
        guard let limit else { return false }
        frame.set(slot, double: limit)
        return true
    }

    private func fillFinding(_ variable: ConditionVariable, _ slot: Int, _ frame: Frame) -> Bool {
        if let verdict {
            switch variable {
            case .label:
                frame.set(slot, .string(verdict.label))
                return true
            case .confidence:
                guard let confidence = verdict.confidence else { return false }
                frame.set(slot, double: confidence)
                return true
            case .alarm:
                // The cloud's word is taken as it is.
                guard !constants.alarmLabels.isEmpty else { return false }
                let isAlarm = constants.alarmLabels.contains(verdict.label)
                frame.set(slot, double: isAlarm ? 1 : 0)
                return true
            default: break
            }
        }
        guard let finding = situation.finding else { return false }
        let found = finding.classification
        switch variable {
        case .modelName: frame.set(slot, .string(finding.model.name))
        case .modelVersion: frame.set(slot, .string(finding.model.version))
        case .modelLatency: frame.set(slot, nanoseconds: finding.latency.nanoseconds)
        case .modelFailed:
            var hasFailed = false
            if case .failed = finding.outcome { hasFailed = true }
            frame.set(slot, bool: hasFailed)
        case .modelSkipped: frame.set(slot, bool: finding.isSkipped)
        case .label:
            guard let label = found?.label else { return false }
            frame.set(slot, .string(label))
        case .confidence:
            guard let confidence = found?.confidence else { return false }
            frame.set(slot, double: confidence)
        case .score:
            guard let found else { return false }
            frame.set(slot, double: found.score)
        case .margin:
            guard let margin = found?.margin else { return false }
            frame.set(slot, double: margin)
        case .probabilities:
            guard let found, !found.probabilities.isEmpty else { return false }
            frame.set(slot, .list(found.probabilities.map { .double($0) }))
        case .alarm:
            guard let found, let last = constants.alarm.max(), last < found.probabilities.count
            else { return false }
            var sum = 0.0
            for place in constants.alarm { sum += found.probabilities[place] }
            frame.set(slot, double: sum)
        case .stage: frame.set(slot, int: Int64(finding.stage))
        case .value:
            guard case .value(let value) = finding.outcome else { return false }
            frame.set(slot, double: value)
        case .detections:
            guard case .detections(let detections) = finding.outcome else { return false }
            frame.set(slot, .list(detections.map { Value($0) }))
        default: return false
        }
        return true
    }

    private func fillFacts(_ variable: ConditionVariable, _ slot: Int, _ frame: Frame) {
        let cloud = situation.cloud
        let queue = situation.queue
        switch variable {
        case .cloudUp: frame.set(slot, bool: cloud.isUp)
        case .cloudP50: frame.set(slot, nanoseconds: cloud.p50.nanoseconds)
        case .cloudP95: frame.set(slot, nanoseconds: cloud.p95.nanoseconds)
        case .cloudInFlight: frame.set(slot, int: Int64(cloud.inFlight))
        case .cloudBreaker: frame.set(slot, .string(cloud.breaker.rawValue))
        case .cloudBudgetLeft: frame.set(slot, double: cloud.budgetLeft)
        case .cloudMoneyLeft: frame.set(slot, double: cloud.moneyLeft ?? .infinity)
        case .cloudCallsLeft: frame.set(slot, int: cloud.callsLeft ?? .max)
        case .queueDepth: frame.set(slot, int: Int64(queue.depth))
        case .queueBytes: frame.set(slot, int: Int64(queue.bytes))
        case .queueFill: frame.set(slot, double: queue.fill)
        case .queueOldest: frame.set(slot, nanoseconds: queue.oldest.nanoseconds)
        default: frame.clear(slot)
        }
    }

    private func fillRow(_ variable: ConditionVariable, _ slot: Int, _ frame: Frame) -> Bool {
        guard readings.rows.indices.contains(row) else { return false }
        let reading = readings.rows[row]
        switch variable {
        case .device: frame.set(slot, .string(reading.device))
        case .sequence:
            guard let sequence = reading.sequence else { return false }
            frame.set(slot, int: sequence)
        case .time:
            guard let time = reading.deviceTime else { return false }
            frame.set(slot, .timestamp(Timestamp(time)))
        default: return false
        }
        return true
    }
}

extension Timestamp {
    init(_ time: WallTime) {
        let unit: Int64 = 1_000_000_000
        let part = ((time.nanoseconds % unit) + unit) % unit
        self.init(seconds: (time.nanoseconds - part) / unit, nanoseconds: Int32(part))
    }
}

extension Value {
    init(_ detection: Finding.Detection) {
        self = .map(
            ValueMap(fields: [
                ("label", .string(detection.label)), ("score", .double(detection.score)),
                ("box", .list(detection.box.map { .double($0) })),
            ])
        )
    }

    init(_ payload: PayloadValue) {
        self =
            switch payload {
            case .null: .null
            case .flag(let flag): .bool(flag)
            case .number(let number): .double(number)
            case .text(let text): .string(text)
            case .list(let items): .list(items.map { Value($0) })
            case .object(let members):
                .map(ValueMap(fields: members.map { ($0.name, Value($0.value)) }))
            }
    }
}
