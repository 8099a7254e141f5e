// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// One lane's part of the engine: buffers, run guards and the state of its devices' detectors.
///
/// Belongs to the thread that made it. A reading without its values fails alone, and a run that fails
/// is a failed finding for each of its readings.
public final class LaneInference {
    /// The runs of the last call.
    public internal(set) var runs: [ModelRun] = []
    /// The requests of the last call; those to a model with a canary are one for each version.
    public private(set) var asked: [InferenceRequest] = []
    /// The models it asks.
    public private(set) var engine: CoreEngine
    /// What chooses the devices that canaries speak for; nil where none does.
    let lot: CanaryLot?
    let time: any TimeSource
    private var onnxLanes: [ObjectIdentifier: OnnxLane] = [:]
    var detectors = DetectorLanes()
    /// The readings that wait for the next run, by their places; kept for its memory.
    var open: [ModelRun.Place] = []
    /// What windows and detectors know and keep across restarts.
    let shelf = StateShelf()
    var precise: [Double] = []
    let workspace = FeatureWorkspace()
    private(set) lazy var windows = LaneWindows(shelf: shelf)

    init(engine: CoreEngine, time: any TimeSource, lot: CanaryLot? = nil) {
        self.engine = engine
        self.lot = lot
        self.time = time
    }

    /// Asks the models of `engine` from now on; the last call's requests and the buffers of models that it
    /// does not have are let go.
    public func adopt(_ engine: CoreEngine) {
        asked = []
        runs = []
        guard engine !== self.engine else { return }
        self.engine = engine
        onnxLanes = onnxLanes.filter { _, lane in
            guard case .onnx(let model)? = engine.model(lane.model.reference) else { return false }
            return model === lane.model
        }
        detectors.keep(engine, shelf)
        windows.modelsChanged()
    }

    /// What `model` says of the readings `rows`, in that order.
    ///
    /// None for a reading that completes no window: it routes nowhere. Blocks while the model runs: once
    /// for all rows, or once for each `max_batch` of them.
    public func findings(
        model: ModelHandle,
        readings: ReadingBatch,
        rows: [Int]
    ) -> [Finding?] {
        let request = InferenceRequest(model: model, rows: .readings(readings, rows: rows))
        ask([request])
        return request.findings
    }

    /// The same of rows in another collection.
    @inlinable
    public func findings(
        model: ModelHandle,
        readings: ReadingBatch,
        rows: some Collection<Int>
    ) -> [Finding?] {
        findings(model: model, readings: readings, rows: Array(rows))
    }

    /// Finds out what the models say of all the readings of `requests`, which have it then.
    ///
    /// The readings that want the same model go in one run, whichever policy they are of. A reading whose
    /// answer cannot be ready in time is skipped, and the model spends no time on it. Where a model has a
    /// canary, one of the two is asked about each device.
    public func ask(_ requests: [InferenceRequest]) {
        runs.removeAll(keepingCapacity: true)
        asked.removeAll(keepingCapacity: true)
        guard let lot, let division = CanaryDivision(of: requests, lot: lot) else {
            // Copied, so that whoever gave them has his array to himself.
            for request in requests { asked.append(request) }
            return answer(requests)
        }
        asked = division.requests
        answer(division.requests)
        for index in runs.indices { runs[index].places = runs[index].places.map(division.origin) }
        division.join()
    }

    private func answer(_ requests: [InferenceRequest]) {
        for request in requests { request.begin() }
        for (index, request) in requests.enumerated() {
            switch request.model.model {
            case .detector(let detector): answer(request, by: detector)
            case .onnx(let model):
                // The first that asks it asks for all.
                guard !requests[..<index].contains(where: { $0.asks(model) }) else { continue }
                run(model, for: requests[index...])
            }
        }
        for request in requests {
            request.end()
            count(request)
        }
    }

    private func count(_ request: InferenceRequest) {
        engine.tally.count(
            findings: request.seen.findings,
            failures: request.failed,
            skipped: request.skipped
        )
        // Rehearsals say nothing of how a version does.
        guard lot != nil, request.seen.findings > 0 else { return }
        let count = request.versionCount ?? engine.tally.count(of: request.model.reference)
        request.versionCount = count
        count.add(request.seen)
    }

    /// What `model` is to be fed of the readings `rows`, for a run that somebody else does later.
    ///
    /// Models that remember what came before see the readings here, once.
    public func prepare(
        model: ModelHandle,
        readings: ReadingBatch,
        rows: [Int]
    ) -> [PreparedRow] {
        rows.map { row in
            let model = model.speaking(for: readings.rows[row].device, lot: lot)
            switch model.model {
            case .detector(let detector):
                let said = outcome(of: watch(detector, model), readings, row)
                return said.map { .answer(.init($0)) } ?? .nothing
            case .onnx where model.isWindowed:
                return windows.prepared(model, row: row)
            case .onnx:
                return numbers(of: model, readings, row)
            }
        }
    }

    private func numbers(
        of handle: ModelHandle,
        _ readings: ReadingBatch,
        _ row: Int
    ) -> PreparedRow {
        var inputs: [[Double]] = []
        var texts: [Int: [String]] = [:]
        for (index, pipeline) in handle.pipelines.enumerated() {
            precise.removeAll(keepingCapacity: true)
            do throws(FeatureFailure) {
                if case .texts(let pipeline) = pipeline {
                    try pipeline.place(readings, row: row, into: &texts[index, default: []])
                }
                try pipeline.place(readings, row: row, into: &precise, using: workspace)
            } catch {
                return .answer(.init(.failed(reason: error.reason)))
            }
            inputs.append(precise)
        }
        return texts.isEmpty ? .numbers(inputs) : .mixed(inputs, texts: texts)
    }

    // MARK: - What runs share

    /// This lane's buffers for `onnx`, made on first use.
    func lane(of onnx: OnnxModel) throws(OnnxError) -> OnnxLane {
        // A lane holds its model: no other can have its place in memory.
        if let lane = onnxLanes[ObjectIdentifier(onnx)] { return lane }
        let lane = try OnnxLane(onnx)
        onnxLanes[ObjectIdentifier(onnx)] = lane
        return lane
    }

    /// The engine's model, for a run on tensors as they are.
    func model(_ reference: ModelReference) -> LoadedModel? { engine.model(reference) }

    /// Counts a run on tensors as they are.
    func countRun(isEnded: Bool) { engine.tally.countRun(isEnded: isEnded) }
}
