// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

/// The bench on which the cases of a policy's tests run that give payloads.
struct RehearsalBench: PolicyTestBench {
    let rehearsal: Rehearsal

    var outboundTensors: [(name: String, fields: [String])] {
        rehearsal.runtime.bound.outboundTensors.map { tensor in
            let used = tensor.pipeline.fieldsUsed
            let names = rehearsal.policy.reading.fields.map(\.name)
            return (tensor.name, names.filter(used.contains))
        }
    }

    func results(of message: CaseMessage) throws(CaseFault) -> [CaseResult] {
        // A detector would learn from the case before.
        rehearsal.forget()
        var facts = RehearsalFacts(
            finding: message.finding,
            answer: message.verdict.map { .inTime($0) } ?? .pending,
            cloud: message.cloud,
            queue: message.queue,
            deadlineLeft: message.deadlineLeft,
            isRetained: message.isRetained,
            bound: message.bound
        )
        var now = Rehearsal.standingTime
        var place = 0
        do throws(Rehearsal.Failure) {
            for earlier in message.earlier {
                place += 1
                now = now + earlier.after
                _ = try rehearsal.readings(
                    topic: earlier.topic,
                    payload: earlier.payload,
                    facts: RehearsalFacts(cloud: message.cloud, queue: message.queue, now: now),
                    later: earlier.later
                )
            }
            place = 0
            if !message.earlier.isEmpty { facts.now = now + message.after }
            let last = CaseEarlier(
                topic: message.topic,
                payload: message.payload,
                after: message.after,
                repetition: message.repetition
            )
            let readings = try rehearsal.readings(
                topic: last.topic,
                payload: last.payload,
                facts: facts,
                later: last.later
            )
            return readings.map(result)
        } catch {
            throw CaseFault(place > 0 ? "message \(place): \(error.message)" : error.message)
        }
    }

    private func result(_ reading: RehearsedReading) -> CaseResult {
        CaseResult(
            ruling: reading.ruling,
            label: reading.label,
            stage: reading.finding?.stage,
            alarm: reading.finding.flatMap { rehearsal.policy.alarm(of: $0) },
            actions: reading.actions.map(\.name),
            topics: reading.actions.compactMap(\.topic),
            tensors: reading.sends.tensors,
            fields: reading.sends.fields,
            observed: reading.observed + seen(reading),
            failures: reading.failures
        )
    }

    /// What the model said, where no rule has read it: the conditions of actions may have.
    private func seen(_ reading: RehearsedReading) -> [(variable: String, value: String)] {
        guard let finding = reading.finding else { return [] }
        var seen: [(variable: String, value: String)] = []
        switch finding.outcome {
        case .classification(let found):
            seen.append(("label", "\"\(found.label)\""))
            seen.append(("score", "\(found.score)"))
            if let confidence = found.confidence { seen.append(("confidence", "\(confidence)")) }
        case .value(let value): seen.append(("value", "\(value)"))
        case .failed(let reason): seen.append(("model.failed", "true (\(reason))"))
        case .skipped(let reason): seen.append(("model.skipped", "true (\(reason))"))
        case .detections(let found): seen.append(("detections", "\(found.count) objects"))
        }
        return seen.filter { one in !reading.observed.contains { $0.variable == one.variable } }
    }
}

extension CaseEarlier {
    /// How much later the device says it is than the payload does.
    fileprivate var later: (by: Interval, steps: Int)? {
        guard repetition > 0 else { return nil }
        let (total, overflows) = after.nanoseconds
            .multipliedReportingOverflow(by: Int64(repetition))
        return (Interval(nanoseconds: overflows ? .max : total), repetition)
    }
}
