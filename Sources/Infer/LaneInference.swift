// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// One lane's part of the engine: buffers, run guards and the state of its devices' detectors.
///
/// Belongs to the thread that made it. A reading without its values fails alone, and a run that fails
/// is a failed finding for each of its readings.
public final class LaneInference {
    private struct DetectorKey: Hashable {
        var owner: String
        var model: ModelReference
    }

    private let engine: CoreEngine
    private let time: any TimeSource
    private var onnxLanes: [ModelReference: OnnxLane] = [:]
    private var detectorLanes: [DetectorKey: DetectorLane] = [:]
    /// What windows and detectors know and keep across restarts.
    let shelf = StateShelf()
    private var numbers: [Float] = []
    private var precise: [Double] = []
    private let workspace = FeatureWorkspace()

    init(engine: CoreEngine, time: any TimeSource) {
        self.engine = engine
        self.time = time
    }

    /// What `model` says of the readings `rows`, in that order.
    ///
    /// None for a reading that completes no window: it routes nowhere. Blocks while the model runs: once
    /// for all rows, or once for each `max_batch` of them.
    public func findings(
        model: ModelHandle,
        readings: ReadingBatch,
        rows: some Collection<Int>
    ) -> [Finding?] {
        var findings: [Finding?] = []
        findings.reserveCapacity(rows.count)
        // One known type from here on: a generic caller's collection would cost a call for each
        // row.
        let rows = Array(rows)
        switch model.model {
        case .detector(let detector):
            detect(detector, model, readings, rows, &findings)
        case .onnx(let onnx):
            run(onnx, model, readings, rows, &findings)
        }
        let failures = findings.count { if case .failed? = $0?.outcome { true } else { false } }
        let given = findings.count { $0 != nil }
        engine.tally.count(findings: given, failures: failures)
        return findings
    }

    private func detect(
        _ detector: DetectorModel,
        _ handle: ModelHandle,
        _ readings: ReadingBatch,
        _ rows: [Int],
        _ findings: inout [Finding?]
    ) {
        let key = DetectorKey(owner: handle.owner, model: handle.reference)
        let lane = detectorLanes[key] ?? DetectorLane(detector)
        detectorLanes[key] = lane
        let evictions = lane.evictions
        var since = time.now
        for row in rows {
            let outcome: Finding.Outcome
            do throws(FeatureFailure) {
                precise.removeAll(keepingCapacity: true)
                try handle.pipelines[0].place(readings, row: row, into: &precise, using: workspace)
                outcome =
                    precise.count == 1
                    ? lane.outcome(precise[0], device: readings.rows[row].device)
                    : .failed(reason: "a detector wants one number; found \(precise.count)")
            } catch {
                outcome = .failed(reason: error.reason)
            }
            let now = time.now
            findings.append(
                Finding(model: handle.reference, outcome: outcome, latency: now - since)
            )
            since = now
        }
        engine.tally.count(evictions: lane.evictions - evictions)
    }

    private func run(
        _ onnx: OnnxModel,
        _ handle: ModelHandle,
        _ readings: ReadingBatch,
        _ rows: [Int],
        _ findings: inout [Finding?]
    ) {
        let lane: OnnxLane
        do throws(OnnxError) {
            lane = try self.lane(of: onnx)
        } catch {
            let failed = Finding.Outcome.failed(reason: error.message)
            findings = rows.map { _ in
                Finding(model: handle.reference, outcome: failed, latency: .zero)
            }
            return
        }
        var rest = rows[...]
        while !rest.isEmpty {
            let some = rest.prefix(onnx.maximumBatch)
            rest = rest.dropFirst(onnx.maximumBatch)
            runOnce(lane, handle, readings, some, &findings)
        }
    }

    /// One run: the rows that have features stand together in the tensors, the others fail by
    /// themselves.
    private func runOnce(
        _ lane: OnnxLane,
        _ handle: ModelHandle,
        _ readings: ReadingBatch,
        _ rows: ArraySlice<Int>,
        _ findings: inout [Finding?]
    ) {
        let start = time.now
        let first = findings.count
        var placed = 0
        // Places in `findings` of the rows in the tensors, only once a row has failed.
        var places: [Int]?
        for row in rows {
            let failure = place(row, of: readings, at: placed, in: lane, handle)
            if failure != nil, places == nil {
                places = Array(first..<findings.count)
            }
            if failure == nil {
                places?.append(findings.count)
                placed += 1
            }
            findings.append(
                Finding(
                    model: handle.reference,
                    outcome: .failed(reason: failure ?? ""),
                    latency: .zero
                )
            )
        }
        guard placed > 0 else { return }
        var refusal: String?
        do throws(OnnxError) {
            try lane.run(rows: placed)
            engine.tally.countRun(isEnded: false)
        } catch {
            engine.tally.countRun(isEnded: error.code == .overBudget)
            refusal = error.message
        }
        let latency = time.now - start
        for index in 0..<placed {
            let place = places?[index] ?? first + index
            findings[place] = Finding(
                model: handle.reference,
                outcome: refusal.map { .failed(reason: $0) } ?? lane.outcome(row: index),
                latency: latency
            )
        }
    }

    /// Fills row `place` of every input; the reason why not otherwise.
    private func place(
        _ row: Int,
        of readings: ReadingBatch,
        at place: Int,
        in lane: OnnxLane,
        _ handle: ModelHandle
    ) -> String? {
        for (input, pipeline) in handle.pipelines.enumerated() {
            numbers.removeAll(keepingCapacity: true)
            do throws(FeatureFailure) {
                try pipeline.place(readings, row: row, into: &numbers, using: workspace)
            } catch {
                return error.reason
            }
            guard lane.place(numbers[...], input: input, row: place) else {
                let wanted = lane.model.inputs[input].width
                return "the features make \(numbers.count) numbers; the model takes \(wanted)"
            }
        }
        return nil
    }

    /// This lane's buffers for `onnx`, made on first use.
    func lane(of onnx: OnnxModel) throws(OnnxError) -> OnnxLane {
        if let lane = onnxLanes[onnx.reference], lane.model === onnx { return lane }
        let lane = try OnnxLane(onnx)
        onnxLanes[onnx.reference] = lane
        return lane
    }

    /// The engine's model, for a run on tensors as they are.
    func model(_ reference: ModelReference) -> LoadedModel? { engine.model(reference) }

    /// Counts a run on tensors as they are.
    func countRun(isEnded: Bool) { engine.tally.countRun(isEnded: isEnded) }
}
