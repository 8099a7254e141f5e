// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Spool
import Vocabulary

/// Readings that a lane does not decide itself, because a model of their policy would hold it up.
extension MessagePath {
    /// True when the readings of a policy go to a worker: a model is slow, or an earlier reading still
    /// waits for one, which later ones of its device must not overtake.
    func mustWait(_ runtime: PolicyRuntime) -> Bool {
        guard role == .lane else { return false }
        let name = runtime.policy.name
        if runtime.bound.isSlow {
            asides.insert(name)
            return true
        }
        guard asides.contains(name) else { return false }
        if openAsides.contains(name) || parts.spool.pending(of: [name]) > 0 { return true }
        asides.remove(name)
        return false
    }

    /// Sets readings aside as rows, to be decided by a worker under the same ids.
    ///
    /// What models that remember are fed goes with them: such models see every reading here, in order.
    func putAside(_ batch: Batch, _ runtime: PolicyRuntime) {
        defer { runtime.cases.removeAll(keepingCapacity: true) }
        let before = runtime.bound.hasWindows ? runtime.readings.fields : []
        runtime.observe(by: inference) { _ in batch.arrivalWallTime }
        let inputs = prepare(runtime)
        var places: [Int: [Int]] = [:]
        for (place, reading) in runtime.cases.enumerated() {
            places[runtime.readings.rows[reading.row].message, default: []].append(place)
        }
        for (index, places) in places.sorted(by: { $0.key < $1.key }) {
            let message = batch.messages[index]
            var pending = PendingMessage(
                message,
                payload: batch.payload(of: message),
                arrival: batch.arrivalWallTime,
                policy: runtime.policy.name,
                ids: [:]
            )
            if isTracing { pending.traceparent = tracing?.burst[index]?.onward }
            for place in places {
                let reading = runtime.cases[place]
                let row = runtime.readings.rows[reading.row].index
                pending.ids[row] = id(of: reading, message.topic, runtime).description
                let joined = runtime.joined(since: before, row: reading.row)
                if !joined.isEmpty {
                    pending.joined = pending.joined ?? [:]
                    pending.joined?[row] = joined
                }
                for (model, rows) in inputs {
                    pending.inputs = pending.inputs ?? [:]
                    pending.inputs?[model, default: [:]][row] = rows[place]
                }
            }
            let first = runtime.cases[places[0]].row
            keep(pending, runtime, device: runtime.readings.rows[first].device)
        }
    }

    /// What the policy's models that remember are fed, by name; readings that complete no window of the
    /// first model are taken out, because they route nowhere.
    private func prepare(_ runtime: PolicyRuntime) -> [String: [PreparedRow]] {
        guard let inference else { return [:] }
        var inputs: [String: [PreparedRow]] = [:]
        for model in runtime.bound.models where model.remembers {
            inputs[model.reference.name] = inference.prepare(
                model: model,
                readings: runtime.readings,
                rows: runtime.cases.map(\.row)
            )
        }
        guard let first = runtime.bound.models.first.flatMap({ inputs[$0.reference.name] }),
            first.contains(.nothing)
        else { return inputs }
        let kept = first.indices.filter { first[$0] != .nothing }
        runtime.cases = kept.map { runtime.cases[$0] }
        return inputs.mapValues { rows in kept.map { rows[$0] } }
    }

    private func keep(_ pending: PendingMessage, _ runtime: PolicyRuntime, device: String) {
        let policy = runtime.policy
        if openAsides.isEmpty {
            open.whenCommitted { [signal = parts.workSignal] in signal.ring() }
        }
        openAsides.insert(policy.name)
        var entry = NewEntry(
            id: 0,
            key: "\(pending.ids.values.min() ?? ""):pending",
            kind: .pending,
            priority: .normal,
            device: device,
            policy: policy.name,
            policyVersion: policy.version,
            body: pending.encoded()
        )
        entry.value = EntryValue.whole
        open.keep(entry)
        parts.trail.putAside()
    }
}

extension PolicyRuntime {
    /// The fields of a reading that windows have filled since its fields were as `before`, which is
    /// empty where there are no windows.
    fileprivate func joined(since before: [FieldValue], row: Int) -> [String: Double] {
        guard !before.isEmpty else { return [:] }
        var joined: [String: Double] = [:]
        for (slot, field) in policy.reading.fields.enumerated()
        where before[row * readings.fieldCount + slot] == .absent {
            if case .number(let number) = readings[row, slot] { joined[field.name] = number }
        }
        return joined
    }

    /// Puts back what was joined when the readings came.
    func fillJoined() {
        for reading in cases {
            guard let joined = aside(of: reading)?.joined[readings.rows[reading.row].index] else {
                continue
            }
            for (name, number) in joined {
                guard let slot = policy.reading.slot(of: name) else { continue }
                readings.fill(row: reading.row, slot: slot, with: .number(number))
            }
        }
    }
}
