// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

/// The findings of a burst: stage by stage, the readings of all policies that want one model together.
///
/// A reading's finding is the first that its stage's condition accepts, or else the last stage's; none
/// for one that completes no window. A model that fails or is skipped is not accepted. What remembers
/// (windows, detectors) sees every reading of its policy, at whatever stage it stands.
struct InferenceRound {
    /// One policy's readings.
    struct Party {
        let runtime: PolicyRuntime
        /// Their rows in the runtime's batch.
        let rows: [Int]
        /// When each answer must be ready to be of use; empty where none has to be.
        var due: [MonotonicInstant?] = []
        /// What lanes made of the readings, by the model's name, for models that remember.
        var prepared: [String: [PreparedRow]] = [:]
        /// What a stage's condition is to see of a reading, by its place in `rows`.
        var situation: (Int, Finding) -> Situation
        /// Told of every finding, in the order of the stages.
        var heard: ((Int, Finding) -> Void)?
        /// What rules see of each reading.
        fileprivate(set) var findings: [Finding?] = []
        /// The places of the readings that the next stage is asked about.
        fileprivate var open: [Int] = []

        init(
            runtime: PolicyRuntime,
            rows: [Int],
            situation: @escaping (Int, Finding) -> Situation,
            heard: ((Int, Finding) -> Void)? = nil
        ) {
            self.runtime = runtime
            self.rows = rows
            self.situation = situation
            self.heard = heard
        }
    }

    private(set) var parties: [Party]

    init(_ parties: [Party]) {
        self.parties = parties
    }

    /// Runs the models; `ran` is told of each run, and may ask for the readings in it: their party's
    /// place, and theirs in its `rows`; `answered` is told what became of the readings of each stage.
    mutating func run(
        by inference: LaneInference,
        ran: (ModelRun, () -> [(party: Int, place: Int)]) -> Void = { _, _ in },
        answered: ([ModelAnswers]) -> Void = { _ in }
    ) {
        var stages = 0
        for index in parties.indices {
            parties[index].begin(by: inference)
            stages = max(stages, parties[index].runtime.bound.models.count)
        }
        for stage in 0..<stages {
            var asking: [Int] = []
            for index in parties.indices
            where stage < parties[index].runtime.bound.models.count {
                if stage > 0 { parties[index].accept(at: stage - 1) }
                if !parties[index].open.isEmpty { asking.append(index) }
            }
            guard !asking.isEmpty else { continue }
            let found = inference.findings(asking.map { parties[$0].request(at: stage) })
            for run in inference.runs {
                ran(run) {
                    run.places.map { place in
                        let party = asking[place.request]
                        return (party, parties[party].open[place.row])
                    }
                }
            }
            answered(inference.answers)
            for (index, findings) in zip(asking, found) {
                parties[index].take(findings, at: stage)
            }
        }
    }
}

extension InferenceRound.Party {
    /// Everything is open, and what remembers has seen it.
    fileprivate mutating func begin(by inference: LaneInference) {
        open = Array(rows.indices)
        findings = Array(repeating: nil, count: rows.count)
        for model in runtime.bound.models.dropFirst()
        where model.remembers && prepared[model.reference.name] == nil {
            prepared[model.reference.name] = inference.prepare(
                model: model,
                readings: runtime.readings,
                rows: rows
            )
        }
    }

    fileprivate func request(at stage: Int) -> InferenceRequest {
        let model = runtime.bound.models[stage]
        let kept = prepared[model.reference.name]
        return InferenceRequest(
            model: model,
            rows: kept.map { kept in .prepared(open.map { kept[$0] }) }
                ?? .readings(runtime.readings, rows: open.map { rows[$0] }),
            due: due.isEmpty ? [] : open.map { due[$0] },
            devices: model.canary == nil
                ? [] : open.map { runtime.readings.rows[rows[$0]].device }
        )
    }

    fileprivate mutating func take(_ found: [Finding?], at stage: Int) {
        if stage == 0, heard == nil {
            // All are open, and a model alone is the first stage.
            findings = found
        } else {
            for case (let place, var finding?) in zip(open, found) {
                finding.stage = stage + 1
                findings[place] = finding
                heard?(place, finding)
            }
        }
        guard stage == 0 else { return }
        let model = runtime.bound.models[0]
        guard model.remembers else {
            if findings.hasGaps { failUnanswered(model) }
            return
        }
        // What completes no window at the first stage routes nowhere, whatever comes after.
        open.removeAll { findings[$0] == nil }
    }

    /// A model that needs no history owes an answer for each reading: without one the reading would be
    /// taken for one that completes no window, and be gone.
    private mutating func failUnanswered(_ model: ModelHandle) {
        for place in findings.indices where findings[place] == nil {
            findings[place] = Finding(
                model: model.reference,
                outcome: .failed(reason: "the model gave no answer"),
                latency: .zero
            )
        }
    }

    /// Takes out what the condition of `stage` accepts.
    fileprivate mutating func accept(at stage: Int) {
        open.removeAll { place in
            guard let finding = findings[place] else { return true }
            return runtime.accepts(stage, finding, rows[place]) { situation(place, finding) }
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
