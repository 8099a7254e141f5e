// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Runs of one model for the readings of all policies that wait for it.
extension LaneInference {
    /// Answers those of `requests` that ask `model`.
    func run(_ model: OnnxModel, for requests: ArraySlice<InferenceRequest>) {
        open.removeAll(keepingCapacity: true)
        var isUrgent = false
        for (index, request) in zip(requests.indices, requests) where request.asks(model) {
            let rows = request.findings.indices
            open.reserveCapacity(open.count + rows.count)
            for row in rows { open.append(.init(request: index, row: row)) }
            if !request.due.isEmpty { isUrgent = true }
        }
        let lane: OnnxLane
        do throws(OnnxError) {
            lane = try self.lane(of: model)
        } catch {
            for place in open { requests.put(.failed(reason: error.message), at: place) }
            return
        }
        if !isUrgent, open.count <= model.maximumBatch {
            // Mostly all go in one run.
            return run(lane, open, of: requests)
        }
        var open = self.open
        while !open.isEmpty {
            run(lane, isUrgent ? plan(&open, model, requests) : open.next(model), of: requests)
        }
    }

    /// One run; a row of another shape than the first goes in one more with its like.
    private func run(
        _ lane: OnnxLane,
        _ places: [ModelRun.Place],
        of requests: ArraySlice<InferenceRequest>
    ) {
        var next = places
        while !next.isEmpty { next = runOnce(lane, next, of: requests) }
    }

    /// Takes out of `open` what goes in the next run, and what is too late for any.
    private func plan(
        _ open: inout [ModelRun.Place],
        _ model: OnnxModel,
        _ requests: ArraySlice<InferenceRequest>
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
                requests.put(.skipped(reason: reason), at: open[index])
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
        of requests: ArraySlice<InferenceRequest>
    ) -> [ModelRun.Place] {
        let start = time.now
        let filling = fill(lane, places, of: requests)
        let placed = filling.placed
        guard !placed.isEmpty else { return [] }
        // Decoding frames is most of what a model that looks at them takes.
        let began = filling.frames.isEmpty ? time.now : start
        var refusal: String?
        do throws(OnnxError) {
            try lane.run(rows: placed.count)
            engine.tally.countRun(isEnded: false)
        } catch {
            engine.tally.countRun(isEnded: error.code == .overBudget)
            refusal = error.message
        }
        let ended = time.now
        lane.model.pace.ran(rows: placed.count, took: ended - began, at: ended)
        if let refusal {
            for place in placed {
                requests.put(.failed(reason: refusal), at: place, latency: ended - start)
            }
        } else {
            take(lane, filling, latency: ended - start, requests)
        }
        runs.append(
            ModelRun(
                model: lane.model.reference,
                rows: placed.count,
                began: began,
                took: ended - began,
                hasSucceeded: refusal == nil,
                places: placed
            )
        )
        return filling.others
    }

    /// Takes what the model said of each row to its place.
    private func take(
        _ lane: OnnxLane,
        _ filling: RunFilling,
        latency: Interval,
        _ requests: ArraySlice<InferenceRequest>
    ) {
        let (placed, frames) = (filling.placed, filling.frames)
        let first = placed[0].request
        guard frames.isEmpty, placed[placed.count - 1].request == first else {
            return lane.outcomes(rows: placed.count) { row, outcome in
                requests.put(outcome.inFrame(frames[row]), at: placed[row], latency: latency)
            }
        }
        // Mostly one policy asks; its places rise.
        let request = requests[first]
        lane.outcomes(rows: placed.count) { row, outcome in
            request.put(outcome, at: placed[row].row, latency: latency)
        }
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

extension ArraySlice<InferenceRequest> {
    /// Notes what a model said of one reading of one request.
    fileprivate func put(
        _ outcome: consuming Finding.Outcome,
        at place: ModelRun.Place,
        latency: Interval = .zero
    ) {
        self[place.request].put(outcome, at: place.row, latency: latency)
    }
}

extension Interval {
    /// In milliseconds with one digit, for a person.
    fileprivate var text: String {
        "\((milliseconds * 10).rounded() / 10) ms"
    }
}
