// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

/// Readings → findings: one run of each model for the readings of all policies that wait for it.
extension MessagePath {
    func infer(_ batch: Batch, _ waiting: [PolicyRuntime], _ moment: Moment) {
        for runtime in waiting where !runtime.cases.isEmpty {
            switch role {
            case .lane: runtime.observe(by: inference) { _ in batch.arrivalWallTime }
            case .worker:
                runtime.fillJoined()
                takePrepared(runtime)
            }
            // A device's clock is learnt from: each reading's deadline is worked out once.
            if runtime.policy.deadline != nil { setDeadlines(runtime, moment) }
        }
        guard let inference else { return }
        // What stages accept depends on the link and the bound, too: looked at once for each policy.
        var looked: (runtime: PolicyRuntime, moment: Moment)?
        round.run(
            waiting,
            by: inference,
            situation: { runtime, place, finding in
                var now = moment
                if let looked, looked.runtime === runtime {
                    now = looked.moment
                } else {
                    now.look(runtime, parts)
                    looked = (runtime, now)
                }
                return situation(of: runtime, place, finding, now, batch)
            },
            answered: { count(inference, batch) }
        )
        for runtime in waiting { parts.trail.unevaluated(runtime.stageFailures) }
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

    /// Takes up what lanes made of the readings for models that remember.
    private func takePrepared(_ runtime: PolicyRuntime) {
        for model in runtime.bound.models where model.remembers {
            runtime.party.prepared[model.reference.name] = runtime.cases.map { reading in
                let index = runtime.readings.rows[reading.row].index
                return runtime.aside(of: reading)?.inputs(of: model, index) ?? .notKept
            }
        }
    }

    /// What a stage's condition is to see of the case at `place`.
    private func situation(
        of runtime: PolicyRuntime,
        _ place: Int,
        _ finding: Finding,
        _ moment: Moment,
        _ batch: Batch
    ) -> Situation {
        let reading = runtime.cases[place]
        var now = moment.of(runtime.aside(of: reading))
        now.now = parts.time.now
        var situation = now.situation(
            finding,
            batch.messages[runtime.readings.rows[reading.row].message],
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

    /// Counts what the models have just been asked.
    private func count(_ inference: LaneInference, _ batch: Batch) {
        for run in inference.runs {
            meters.meter(of: run.model).ran(run, wait: wait(run, batch))
        }
        for request in inference.asked {
            meters.meter(of: request.model.reference).answered(request)
        }
    }

    /// How long the reading of a run that has waited longest had waited when it began.
    private func wait(_ run: ModelRun, _ batch: Batch) -> Interval {
        guard role == .worker else { return run.began - batch.arrival }
        let arrivals = run.places.compactMap { place -> MonotonicInstant? in
            let reading = round.reading(at: place)
            return reading.of.aside(of: reading.case)?.arrival
        }
        return run.began - (arrivals.min() ?? batch.arrival)
    }
}
