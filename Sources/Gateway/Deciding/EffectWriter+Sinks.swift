// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Spool
import Sync
import Vocabulary

/// What is sent to the user's own stores.
extension EffectWriter {
    /// The most numbers of a series that a line tells.
    private static let longestSeries = 65_536

    /// The rows for a policy's sinks that a word on a decision makes; none for a policy without.
    ///
    /// Only what the policy lets out is in them (guarantee G8). Fields leave with the first word only;
    /// files, such as frames and sound, do not leave.
    func lines(of subject: Subject) -> [NewEntry] {
        let policy = subject.bound.policy
        guard !policy.sinks.isEmpty else { return [] }
        let isFirst = subject.decision.revision == 0
        let device = subject.decision.device
        var open = subject
        withhold(from: &open)
        let fields = isFirst ? fields(of: open) : []
        return policy.sinks.compactMap { sink in
            guard isFirst || sink.content.hasDecisions else { return nil }
            let key = EffectKey(
                decision: open.decision.id,
                revision: open.decision.revision,
                effect: EffectKey.sinkPrefix + sink.name
            )
            var event = CloudEvent(
                key: key,
                decision: open.decision,
                site: site,
                topic: open.topic,
                observed: open.observed.map { (name: $0.variable, value: $0.value) },
                verdict: open.verdict,
                finding: open.finding?.outcome
            )
            event.fields = sink.content.hasReadings ? fields : []
            event.isReadingOnly = !sink.content.hasDecisions
            let row = DeliveryRow(
                sink: sink.name,
                device: open.decision.device.isEmpty ? nil : open.decision.device,
                json: event.json()
            )
            return NewEntry(
                id: 0,
                key: key.description,
                kind: .delivery,
                // A line of a lake gives way to whatever somebody waits for.
                priority: .low,
                device: device,
                stream: "\(device) > sink \(sink.name)",
                sink: sink.name,
                policy: policy.name,
                policyVersion: policy.version,
                timeToLive: policy.timeToLive,
                body: row.encoded()
            )
        }
    }

    /// The fields that may leave, as JSON.
    private func fields(of subject: Subject) -> [(name: String, json: [UInt8])] {
        subject.bound.policy.privacy.send.compactMap { name in
            var writer = JSONWriter()
            switch subject.field(name) {
            case .absent, .bytes: return nil
            case .number(let number): writer.value(number)
            case .text(let text): writer.value(text)
            case .flag(let flag): writer.value(flag)
            case .samples(let range):
                writer.beginArray()
                for sample in subject.samples(range).prefix(Self.longestSeries) {
                    writer.value(sample)
                }
                writer.endArray()
            }
            return (name, writer.bytes)
        }
    }
}

extension Concluder {
    /// Adds to `change` the rows for the policy's sinks.
    func tellSinks(_ subject: EffectWriter.Subject, _ change: inout SpoolChange) {
        for var entry in writer.lines(of: subject) {
            entry.id = spool.reserveIDs(1).lowerBound
            change.inserts.append(entry)
        }
    }
}

extension MessagePath {
    /// Keeps the rows for the policy's sinks with everything else that the batch is owed.
    func tellSinks(
        _ verge: Verge,
        _ decision: Decision,
        _ observed: [(variable: String, value: String)] = []
    ) {
        guard verge.runtime.hasSinks else { return }
        for entry in parts.effects.lines(of: verge.subject(decision, observed)) {
            open.keep(entry)
        }
    }
}
