// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

/// The findings of a burst: stage by stage, the readings of all policies that want one model together.
///
/// A reading's finding is the first that its stage's condition accepts, or else the last stage's; none
/// for one that completes no window. A model that fails or is skipped is not accepted. What remembers
/// (windows, detectors) sees every reading of its policy, at whatever stage it stands. Kept from burst to
/// burst for its memory; belongs to one thread.
final class InferenceRound {
    /// What one policy brings to each round.
    struct Party {
        /// One for each of its stages.
        let requests: [InferenceRequest]
        /// What lanes made of the readings, by the model's name, for models that remember; of one round.
        var prepared: [String: [PreparedRow]] = [:]
        /// The rows of the readings in the runtime's batch.
        fileprivate var rows: [Int] = []
        /// The places of the readings that the next stage is asked about; nil for all.
        fileprivate var open: [Int]?

        init(_ bound: BoundPolicy) {
            requests = bound.models.map { InferenceRequest($0) }
        }
    }

    /// The policies that ask at the stage that is run, and what.
    private var asking: [PolicyRuntime] = []
    private var requests: [InferenceRequest] = []

    /// Runs the models for the cases of `runtimes`, which have their findings then.
    ///
    /// `situation` is asked what a stage's condition is to see of a case, by its place; `heard` is told
    /// of every finding, in the order of the stages, and `answered` that a stage's models have run.
    func run(
        _ runtimes: [PolicyRuntime],
        by inference: LaneInference,
        situation: (PolicyRuntime, Int, Finding) -> Situation,
        heard: ((Int, Finding) -> Void)? = nil,
        answered: () -> Void = {}
    ) {
        var stages = 0
        for runtime in runtimes where !runtime.cases.isEmpty {
            runtime.beginRound(by: inference)
            stages = max(stages, runtime.party.requests.count)
        }
        for stage in 0..<stages {
            asking.removeAll(keepingCapacity: true)
            requests.removeAll(keepingCapacity: true)
            for runtime in runtimes
            where !runtime.cases.isEmpty && stage < runtime.party.requests.count {
                if stage > 0 { runtime.accept(at: stage - 1, situation) }
                guard let request = runtime.request(at: stage) else { continue }
                asking.append(runtime)
                requests.append(request)
            }
            guard !asking.isEmpty else { continue }
            inference.ask(requests)
            answered()
            for runtime in asking { runtime.take(at: stage, heard) }
        }
        for runtime in runtimes where !runtime.party.prepared.isEmpty {
            runtime.party.prepared = [:]
        }
    }

    /// Lets go of the last round's policies and models, which a new edition may not have.
    func forget() {
        asking = []
        requests = []
    }

    /// The reading at `place` of the requests of the stage that has just run.
    func reading(at place: ModelRun.Place) -> (of: PolicyRuntime, case: PolicyRuntime.Case) {
        let runtime = asking[place.request]
        return (runtime, runtime.cases[runtime.party.open?[place.row] ?? place.row])
    }
}

extension PolicyRuntime {
    /// Everything is open, and what remembers has seen it.
    fileprivate func beginRound(by inference: LaneInference) {
        party.open = nil
        party.rows.removeAll(keepingCapacity: true)
        for reading in cases { party.rows.append(reading.row) }
        for request in party.requests.dropFirst()
        where request.model.remembers && party.prepared[request.model.reference.name] == nil {
            party.prepared[request.model.reference.name] = inference.prepare(
                model: request.model,
                readings: readings,
                rows: party.rows
            )
        }
    }

    private var openPlaces: [Int] { party.open ?? Array(cases.indices) }

    /// What is asked at `stage`; nil for nothing.
    fileprivate func request(at stage: Int) -> InferenceRequest? {
        guard party.open?.isEmpty != true else { return nil }
        let request = party.requests[stage]
        if !party.prepared.isEmpty, let kept = party.prepared[request.model.reference.name] {
            request.take(
                .prepared(openPlaces.map { kept[$0] }),
                due: due,
                devices: request.model.canary == nil
                    ? [] : openPlaces.map { readings.rows[party.rows[$0]].device }
            )
        } else {
            let rows = party.open.map { open in open.map { party.rows[$0] } } ?? party.rows
            request.take(.readings(readings, rows: rows), due: due)
        }
        return request
    }

    /// When each answer must be ready to be of use; empty where none has to be.
    private var due: [MonotonicInstant?] {
        bound.skipsLate ? openPlaces.map { cases[$0].deadline?.expires } : []
    }

    /// Takes what was found at `stage`.
    fileprivate func take(at stage: Int, _ heard: ((Int, Finding) -> Void)?) {
        let request = party.requests[stage]
        if stage == 0 {
            request.give(&found)
        } else {
            for case (let place, var finding?) in zip(openPlaces, request.findings) {
                finding.stage = stage + 1
                found[place] = finding
            }
        }
        if let heard {
            for place in openPlaces {
                if let finding = found[place], finding.stage == stage + 1 { heard(place, finding) }
            }
        }
        guard stage == 0, found.hasGaps else { return }
        if request.model.remembers {
            // What completes no window at the first stage routes nowhere, whatever comes after.
            party.open = found.indices.filter { found[$0] != nil }
        } else {
            failUnanswered(request.model)
        }
    }

    /// A model that needs no history owes an answer for each reading: without one the reading would be
    /// taken for one that completes no window, and be gone.
    private func failUnanswered(_ model: ModelHandle) {
        for place in found.indices where found[place] == nil {
            found[place] = Finding(
                model: model.reference,
                outcome: .failed(reason: "the model gave no answer"),
                latency: .zero
            )
        }
    }

    /// Takes out what the condition of `stage` accepts.
    fileprivate func accept(at stage: Int, _ situation: (PolicyRuntime, Int, Finding) -> Situation)
    {
        party.open = openPlaces.filter { place in
            guard let finding = found[place] else { return false }
            return !accepts(stage, finding, cases[place].row) { situation(self, place, finding) }
        }
    }
}

extension [Finding?] {
    /// True when one is nil; looked at where they lie, because a finding has many parts to copy.
    fileprivate var hasGaps: Bool {
        withUnsafeBufferPointer { all in
            for place in all.indices where all[place] == nil { return true }
            return false
        }
    }
}
