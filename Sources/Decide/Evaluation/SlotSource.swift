// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Vocabulary

/// Fills a frame's slots from a situation, a reading, and what the policy itself gives its conditions.
///
/// Situation and batch are lent to each call: kept here, all their parts would be counted up and down
/// for every decision. A slot without a value is left empty: the condition that reads it cannot be
/// evaluated.
final class SlotSource {
    /// The cloud's model whose answers the thresholds are for; nil before its first.
    let cloud: String?
    /// The models that spoke where they are not the policy's own: a canary.
    let model: String?
    private let captureCount: Int
    private let limits: ThresholdLimits
    /// True when nothing counts as sure while the bound is broken.
    private let widens: Bool
    private let deadline: Interval?
    /// The places of the alarm labels among the model's.
    private let alarm: [Int]
    private let lastAlarm: Int?
    private let alarmLabels: [String]

    init(_ policy: Policy, cloud: String?, model: String? = nil) {
        captureCount = policy.match.names.count
        limits = policy.limits(model: model, cloud: cloud)
        self.cloud = cloud
        self.model = model
        widens = policy.whenBoundBroken == .escalate
        deadline = policy.deadline
        alarm = policy.alarmPlaces
        lastAlarm = alarm.max()
        alarmLabels = policy.costs?.alarm ?? []
    }

    /// Fills one slot of `frame`; with a `verdict`, its label and confidence stand in for the model's.
    func fill(
        _ slot: Int,
        of frame: Frame,
        _ situation: borrowing Situation,
        _ readings: borrowing ReadingBatch,
        row: Int,
        verdict: borrowing Verdict?
    ) {
        guard let variable = ConditionVariable(rawValue: slot) else {
            let capture = slot - ConditionVariable.count
            if capture >= captureCount {
                fillField(capture - captureCount, slot, frame, readings, row)
            } else if situation.captures.indices.contains(capture) {
                frame.set(slot, .string(situation.captures[capture]))
            } else {
                frame.clear(slot)
            }
            return
        }
        if !fill(variable, slot, frame, situation, readings, row, verdict) {
            frame.clear(slot)
        }
    }

    private func fillField(
        _ field: Int,
        _ slot: Int,
        _ frame: Frame,
        _ readings: borrowing ReadingBatch,
        _ row: Int
    ) {
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
            frame.setLazy(slot) { [bytes = readings.bytes] in .bytes(Array(bytes[range])) }
        }
    }

    private func fill(
        _ variable: ConditionVariable,
        _ slot: Int,
        _ frame: Frame,
        _ situation: borrowing Situation,
        _ readings: borrowing ReadingBatch,
        _ row: Int,
        _ verdict: borrowing Verdict?
    ) -> Bool {
        switch variable {
        case .confidence, .score, .label, .margin, .probabilities, .value, .detections,
            .modelName, .modelVersion, .modelFailed, .modelSkipped, .modelLatency, .alarm, .stage:
            return fillFinding(variable, slot, frame, situation, verdict)
        case .cloudUp, .cloudP50, .cloudP95, .cloudInFlight, .cloudBreaker, .cloudBudgetLeft,
            .cloudMoneyLeft, .cloudCallsLeft, .queueDepth, .queueBytes, .queueFill, .queueOldest,
            .queueHeadRoom:
            fillFacts(variable, slot, frame, situation)
            return true
        case .sequence, .time, .device:
            return fillRow(variable, slot, frame, readings, row)
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
            guard let total = deadline else { return false }
            frame.set(slot, nanoseconds: total.nanoseconds)
        case .deadlineLeft:
            guard let left = situation.deadlineLeft else { return false }
            frame.set(slot, nanoseconds: left.nanoseconds)
        case .threshold, .thresholdLow, .thresholdHigh:
            return fillThreshold(variable, slot, frame, isBroken: situation.bound.isBroken)
        case .boundHolds: frame.set(slot, bool: !situation.bound.isBroken)
        case .boundEstimate: frame.set(slot, double: situation.bound.upper)
        case .boundSamples: frame.set(slot, int: Int64(situation.bound.samples))
        case .now: frame.set(slot, .timestamp(Timestamp(situation.now)))
        case .retained: frame.set(slot, bool: situation.isRetained)
        }
        return true
    }

    private func fillThreshold(
        _ variable: ConditionVariable,
        _ slot: Int,
        _ frame: Frame,
        isBroken: Bool
    ) -> Bool {
        let limits = widens && isBroken ? .nothingIsSure : limits
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

    /// The verdict's part of `fillFinding`; nil for what a verdict says nothing of.
    private func fillVerdict(
        _ variable: ConditionVariable,
        _ slot: Int,
        _ frame: Frame,
        _ verdict: borrowing Verdict
    ) -> Bool? {
        switch variable {
        case .label: frame.set(slot, .string(verdict.label))
        case .confidence:
            guard let confidence = verdict.confidence else { return false }
            frame.set(slot, double: confidence)
        case .alarm:
            // The cloud's word is taken as it is.
            guard !alarmLabels.isEmpty else { return false }
            frame.set(slot, double: alarmLabels.contains(verdict.label) ? 1 : 0)
        default: return nil
        }
        return true
    }

    private func fillFinding(
        _ variable: ConditionVariable,
        _ slot: Int,
        _ frame: Frame,
        _ situation: borrowing Situation,
        _ verdict: borrowing Verdict?
    ) -> Bool {
        if let said = copy verdict, let isFilled = fillVerdict(variable, slot, frame, said) {
            return isFilled
        }
        switch variable {
        case .modelName, .modelVersion, .modelLatency, .modelFailed, .modelSkipped, .stage:
            return fillModel(variable, slot, frame, situation)
        case .value:
            guard case .value(let value)? = situation.finding?.outcome else { return false }
            frame.set(slot, double: value)
            return true
        case .detections:
            guard case .detections(let detections)? = situation.finding?.outcome else {
                return false
            }
            frame.set(slot, .list(detections.map { Value($0) }))
            return true
        default: break
        }
        guard case .classification(let found)? = situation.finding?.outcome else { return false }
        switch variable {
        case .label: frame.set(slot, .string(found.label))
        case .confidence:
            guard let confidence = found.confidence else { return false }
            frame.set(slot, double: confidence)
        case .score: frame.set(slot, double: found.score)
        case .margin:
            guard let margin = found.margin else { return false }
            frame.set(slot, double: margin)
        case .probabilities:
            guard !found.probabilities.isEmpty else { return false }
            frame.set(slot, .list(found.probabilities.map { .double($0) }))
        case .alarm:
            guard let lastAlarm, lastAlarm < found.probabilities.count else { return false }
            var sum = 0.0
            for place in alarm { sum += found.probabilities[place] }
            frame.set(slot, double: sum)
        default: return false
        }
        return true
    }

    private func fillModel(
        _ variable: ConditionVariable,
        _ slot: Int,
        _ frame: Frame,
        _ situation: borrowing Situation
    ) -> Bool {
        guard let finding = situation.finding else { return false }
        switch variable {
        case .modelName: frame.set(slot, .string(finding.model.name))
        case .modelVersion: frame.set(slot, .string(finding.model.version))
        case .modelLatency: frame.set(slot, nanoseconds: finding.latency.nanoseconds)
        case .modelFailed:
            var hasFailed = false
            if case .failed = finding.outcome { hasFailed = true }
            frame.set(slot, bool: hasFailed)
        case .modelSkipped: frame.set(slot, bool: finding.isSkipped)
        case .stage: frame.set(slot, int: Int64(finding.stage))
        default: return false
        }
        return true
    }

    private func fillFacts(
        _ variable: ConditionVariable,
        _ slot: Int,
        _ frame: Frame,
        _ situation: borrowing Situation
    ) {
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
        case .queueHeadRoom:
            frame.set(slot, nanoseconds: (queue.headRoom ?? QueueFacts.endless).nanoseconds)
        default: frame.clear(slot)
        }
    }

    private func fillRow(
        _ variable: ConditionVariable,
        _ slot: Int,
        _ frame: Frame,
        _ readings: borrowing ReadingBatch,
        _ row: Int
    ) -> Bool {
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
        // Rounded down without leaving 64 bits: a device may say any time there is.
        let (whole, part) = time.nanoseconds.quotientAndRemainder(dividingBy: unit)
        self.init(
            seconds: part < 0 ? whole - 1 : whole,
            nanoseconds: Int32(part < 0 ? part + unit : part)
        )
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
