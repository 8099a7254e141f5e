// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Media
import Vocabulary

/// Runs of one model for the readings of all policies that wait for it.
extension LaneInference {
    /// Answers the rows of `indices`, which are requests for one model.
    func run(
        _ model: OnnxModel,
        _ indices: [Int],
        of requests: [InferenceRequest],
        _ findings: inout [[Finding?]]
    ) {
        var open: [ModelRun.Place] = []
        for index in indices {
            for row in 0..<requests[index].count { open.append(.init(request: index, row: row)) }
        }
        let lane: OnnxLane
        do throws(OnnxError) {
            lane = try self.lane(of: model)
        } catch {
            for place in open {
                findings[place] = .init(model: model, .failed(reason: error.message))
            }
            return
        }
        let isUrgent = indices.contains { !requests[$0].due.isEmpty }
        while !open.isEmpty {
            var next = isUrgent ? plan(&open, model, requests, &findings) : open.next(model)
            // A row of another shape than the first goes in a run with its like.
            while !next.isEmpty {
                next = runOnce(lane, next, of: requests, &findings)
            }
        }
    }

    /// Takes out of `open` what goes in the next run, and what is too late for any.
    private func plan(
        _ open: inout [ModelRun.Place],
        _ model: OnnxModel,
        _ requests: [InferenceRequest],
        _ findings: inout [[Finding?]]
    ) -> [ModelRun.Place] {
        let now = time.now
        let left = open.map { place in
            let due = requests[place.request].due
            return due.isEmpty ? nil : due[place.row].map { max(.zero, $0 - now) }
        }
        let plan = RunPlan(left: left, maximum: model.maximumBatch) {
            model.pace.estimate(rows: $0)
        }
        if !plan.skipped.isEmpty {
            let wanted = model.pace.estimate(rows: 1).text
            for index in plan.skipped {
                let reason = "it takes \(wanted), and \((left[index] ?? .zero).text) are left"
                findings[open[index]] = .init(model: model, .skipped(reason: reason))
            }
            model.pace.skipped(plan.skipped.count)
        }
        let next = plan.run.map { open[$0] }
        let gone = Set(plan.run + plan.skipped)
        open = open.indices.filter { !gone.contains($0) }.map { open[$0] }
        return next
    }

    /// One run: the rows that have features stand together in the tensors, the others fail by
    /// themselves.
    ///
    /// Returns the rows that do not fit beside the first, for their shape.
    private func runOnce(
        _ lane: OnnxLane,
        _ places: [ModelRun.Place],
        of requests: [InferenceRequest],
        _ findings: inout [[Finding?]]
    ) -> [ModelRun.Place] {
        let start = time.now
        let model = lane.model
        var placed: [ModelRun.Place] = []
        placed.reserveCapacity(places.count)
        var others: [ModelRun.Place] = []
        // Where the rows of camera frames come from.
        var frames: [Int: FramePlacement] = [:]
        for place in places {
            switch fill(lane, row: placed.count, requests[place.request], place.row) {
            case .placed:
                if let frame = workspace.frames.takePlacement() { frames[placed.count] = frame }
                placed.append(place)
            case .otherShape: others.append(place)
            case nil: break
            case .refused(let reason):
                findings[place] = .init(model: model, .failed(reason: reason))
            }
        }
        guard !placed.isEmpty else { return [] }
        // Decoding frames is most of what a model that looks at them takes.
        let began = frames.isEmpty ? time.now : start
        var refusal: String?
        do throws(OnnxError) {
            try lane.run(rows: placed.count)
            engine.tally.countRun(isEnded: false)
        } catch {
            engine.tally.countRun(isEnded: error.code == .overBudget)
            refusal = error.message
        }
        let ended = time.now
        model.pace.ran(rows: placed.count, took: ended - began, at: ended)
        for (row, place) in placed.enumerated() {
            let outcome = refusal.map { .failed(reason: $0) } ?? lane.outcome(row: row)
            findings[place] = .init(
                model: model,
                outcome.inFrame(frames[row]),
                latency: ended - start
            )
        }
        runs.append(
            ModelRun(
                model: model.reference,
                rows: placed.count,
                began: began,
                took: ended - began,
                hasSucceeded: refusal == nil,
                places: placed
            )
        )
        return others
    }

    /// Fills `row` of every input; nil where there is nothing to run.
    private func fill(
        _ lane: OnnxLane,
        row: Int,
        _ request: InferenceRequest,
        _ index: Int
    ) -> OnnxLane.Placement? {
        switch request.rows {
        case .readings(let readings, let rows):
            for (input, pipeline) in request.model.pipelines.enumerated() {
                let placement = lane.place(
                    pipeline,
                    readings,
                    reading: rows[index],
                    using: workspace,
                    input: input,
                    row: row
                )
                guard placement == .placed else { return placement }
            }
        case .prepared(let rows):
            switch rows[index] {
            case .nothing: return nil
            case .answer(let answer):
                guard case .failed(let reason) = answer.outcome else { return nil }
                return .refused(reason)
            case .numbers(let inputs): return fill(lane, row, inputs, texts: [:])
            case .mixed(let inputs, let texts): return fill(lane, row, inputs, texts: texts)
            }
        }
        return .placed
    }

    /// Fills `row` of every input with what was kept.
    private func fill(
        _ lane: OnnxLane,
        _ row: Int,
        _ inputs: [[Double]],
        texts: [Int: [String]]
    ) -> OnnxLane.Placement {
        guard inputs.count == lane.model.inputs.count else {
            return .refused("what was kept of the reading is not what the model takes")
        }
        for (input, kept) in inputs.enumerated() {
            let placement =
                texts[input].map { lane.place(texts: $0[...], input: input, row: row) }
                ?? kept.withUnsafeBufferPointer {
                    lane.place(numbers: $0, input: input, row: row)
                }
            guard placement == .placed else { return placement }
        }
        return .placed
    }

    /// Runs `handle`'s model once, on whatever stands in its tensors, to find out how long that takes now.
    ///
    /// For a model whose readings are all skipped: without a run nobody would learn that it has become
    /// faster. Not on a lane.
    public func time(_ handle: ModelHandle) {
        guard case .onnx(let model) = handle.model else { return }
        do throws(OnnxError) {
            let lane = try lane(of: model)
            let began = time.now
            try lane.run(rows: 1)
            let ended = time.now
            model.pace.ran(rows: 1, took: ended - began, at: ended)
        } catch {
            // It takes as long as it may; the next reading is told why it fails.
            return
        }
    }
}

extension [ModelRun.Place] {
    /// Takes the rows of the next run out.
    fileprivate mutating func next(_ model: OnnxModel) -> [ModelRun.Place] {
        guard count > model.maximumBatch else {
            defer { removeAll() }
            return self
        }
        defer { removeFirst(model.maximumBatch) }
        return Array(prefix(model.maximumBatch))
    }
}

extension [[Finding?]] {
    fileprivate subscript(place: ModelRun.Place) -> Finding? {
        get { self[place.request][place.row] }
        set { self[place.request][place.row] = newValue }
    }
}

extension Finding {
    fileprivate init(model: OnnxModel, _ outcome: Outcome, latency: Interval = .zero) {
        self.init(model: model.reference, outcome: outcome, latency: latency)
    }
}

extension Interval {
    /// In milliseconds with one digit, for a person.
    fileprivate var text: String {
        "\((milliseconds * 10).rounded() / 10) ms"
    }
}
