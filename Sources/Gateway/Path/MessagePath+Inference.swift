// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

/// Readings → findings: one run of each model for the readings of all policies that wait for it.
extension MessagePath {
    func infer(_ batch: Batch, _ waiting: [PolicyRuntime], _ moment: Moment) {
        var parties: [InferenceRound.Party] = []
        for runtime in waiting where !runtime.cases.isEmpty {
            switch role {
            case .lane: runtime.observe(by: inference) { _ in batch.arrivalWallTime }
            case .worker: runtime.fillJoined()
            }
            // A device's clock is learnt from: each reading's deadline is worked out once.
            if runtime.policy.deadline != nil { setDeadlines(runtime, moment) }
            guard !runtime.bound.models.isEmpty else { continue }
            parties.append(party(runtime, batch, moment))
        }
        guard let inference, !parties.isEmpty else { return }
        var round = InferenceRound(parties)
        round.run(
            by: inference,
            ran: { run, readings in
                parts.meters.ran(run, wait: wait(run, readings, parties, batch))
            },
            answered: { parts.meters.answered($0) }
        )
        for party in round.parties {
            party.runtime.found = party.findings
            parts.trail.unevaluated(party.runtime.stageFailures)
        }
    }

    private func setDeadlines(_ runtime: PolicyRuntime, _ moment: Moment) {
        for index in runtime.cases.indices {
            let reading = runtime.cases[index]
            runtime.cases[index].deadline = deadline(
                of: runtime.readings.rows[reading.row],
                runtime,
                moment.of(runtime.aside(of: reading))
            )
        }
    }

    private func party(
        _ runtime: PolicyRuntime,
        _ batch: Batch,
        _ moment: Moment
    ) -> InferenceRound.Party {
        var moment = moment
        // What stages accept depends on the link and the bound, too.
        if runtime.bound.models.count > 1 { moment.look(runtime, parts) }
        var party = InferenceRound.Party(
            runtime: runtime,
            rows: runtime.cases.map(\.row),
            situation: { [time = parts.time, moment, lot] place, finding in
                let reading = runtime.cases[place]
                var now = moment.of(runtime.aside(of: reading))
                now.now = time.now
                let row = runtime.readings.rows[reading.row]
                var situation = now.situation(
                    finding,
                    batch.messages[row.message],
                    runtime.captures(of: reading),
                    batch,
                    deadline: reading.deadline,
                    withPayload: runtime.evaluator.readsPayload
                )
                if runtime.hasCanary {
                    situation.speaks(canary: runtime.canaryDigest(of: reading, lot))
                }
                return situation
            }
        )
        if runtime.bound.skipsLate { party.due = runtime.cases.map { $0.deadline?.expires } }
        for model in runtime.bound.models where model.remembers && role == .worker {
            party.prepared[model.reference.name] = runtime.cases.map { reading in
                let index = runtime.readings.rows[reading.row].index
                return runtime.aside(of: reading)?.inputs(of: model, index) ?? .notKept
            }
        }
        return party
    }

    /// How long the reading of a run that has waited longest had waited when it began.
    private func wait(
        _ run: ModelRun,
        _ readings: () -> [(party: Int, place: Int)],
        _ parties: [InferenceRound.Party],
        _ batch: Batch
    ) -> Interval {
        guard role == .worker else { return run.began - batch.arrival }
        let arrivals = readings().compactMap { party, place -> MonotonicInstant? in
            let runtime = parties[party].runtime
            return runtime.aside(of: runtime.cases[place])?.arrival
        }
        return run.began - (arrivals.min() ?? batch.arrival)
    }
}
