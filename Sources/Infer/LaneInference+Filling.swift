// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Media
import Vocabulary

/// What stands in a lane's tensors for one run.
struct RunFilling {
    /// The places of the rows that stand there, in their order.
    var placed: [ModelRun.Place] = []
    /// Those that do not fit beside the first row, for their shape.
    var others: [ModelRun.Place] = []
    /// Where the rows of camera frames come from.
    var frames: [Int: FramePlacement] = [:]
}

/// Readings → rows of tensors, request by request.
extension LaneInference {
    /// Fills the tensors of `lane` with what the models are to be fed; a reading that is no row for them
    /// fails by itself.
    func fill(
        _ lane: OnnxLane,
        _ places: [ModelRun.Place],
        of requests: ArraySlice<InferenceRequest>
    ) -> RunFilling {
        if let count = fillPlain(lane, places, of: requests), count == places.count {
            return RunFilling(placed: places)
        }
        var filling = RunFilling()
        filling.placed.reserveCapacity(places.count)
        var start = 0
        while start < places.count {
            let index = places[start].request
            var end = start + 1
            while end < places.count, places[end].request == index { end += 1 }
            fill(lane, places[start..<end], requests[index], &filling)
            start = end
        }
        return filling
    }

    /// Where one policy asks about plain readings, mostly all that there is to do; how many it placed.
    private func fillPlain(
        _ lane: OnnxLane,
        _ places: [ModelRun.Place],
        of requests: ArraySlice<InferenceRequest>
    ) -> Int? {
        let index = places[0].request
        guard places[places.count - 1].request == index,
            let plain = requests[index].model.bound.plain,
            case .readings(let readings, let rows) = requests[index].rows
        else { return nil }
        return lane.put(plain, readings, rows, places[...], from: 0)
    }

    private func fill(
        _ lane: OnnxLane,
        _ places: ArraySlice<ModelRun.Place>,
        _ request: InferenceRequest,
        _ filling: inout RunFilling
    ) {
        /// Says where the row of a reading stands; nil where there is nothing to run.
        func note(_ placement: OnnxLane.Placement?, _ place: ModelRun.Place) {
            switch placement {
            case .placed:
                if let frame = workspace.frames.takePlacement() {
                    filling.frames[filling.placed.count] = frame
                }
                filling.placed.append(place)
            case .otherShape: filling.others.append(place)
            case nil: break
            case .refused(let reason): request.put(.failed(reason: reason), at: place.row)
            }
        }
        switch request.rows {
        case .readings(_, let rows) where request.model.isWindowed:
            let outlook = windows.outlook(for: request.model)
            for place in places {
                note(fill(lane, filling.placed.count, outlook, rows[place.row]), place)
            }
        case .readings(let readings, let rows):
            let bound = request.model.bound
            var rest = places
            while !rest.isEmpty {
                if let plain = bound.plain {
                    let count = lane.put(plain, readings, rows, rest, from: filling.placed.count)
                    filling.placed.append(contentsOf: rest.prefix(count))
                    rest = rest.dropFirst(count)
                }
                // Where that stopped is a reading that has not all the numbers: more care finds out why.
                guard let place = rest.popFirst() else { break }
                let row = filling.placed.count
                note(fill(lane, row, bound.pipelines, readings, rows[place.row]), place)
            }
        case .prepared(let rows):
            for place in places {
                note(fill(lane, filling.placed.count, rows[place.row]), place)
            }
        }
    }

    /// Fills `row` of every input from a reading.
    private func fill(
        _ lane: OnnxLane,
        _ row: Int,
        _ pipelines: [InputPipeline],
        _ readings: ReadingBatch,
        _ reading: Int
    ) -> OnnxLane.Placement {
        for (input, pipeline) in pipelines.enumerated() {
            let placement = lane.place(
                pipeline,
                readings,
                reading: reading,
                using: workspace,
                input: input,
                row: row
            )
            guard placement == .placed else { return placement }
        }
        return .placed
    }

    /// Fills `row` of every input with what the reading has completed; nil where it has not.
    private func fill(
        _ lane: OnnxLane,
        _ row: Int,
        _ outlook: LaneWindows.Outlook,
        _ reading: Int
    ) -> OnnxLane.Placement? {
        switch outlook {
        case .nothing: return nil
        case .fault(let reason): return .refused(reason)
        case .part(let part):
            switch part.rows[reading] {
            case .nothing: return nil
            case .failed(let reason): return .refused(reason)
            case .numbers(let first):
                guard part.pipelines.count == lane.model.inputs.count else {
                    return .refused(Self.misfit)
                }
                return part.rows.numbers.withUnsafeBufferPointer { numbers in
                    for input in part.pipelines.indices {
                        let range = part.rows.ranges[first + input]
                        let placement = lane.place(
                            numbers: UnsafeBufferPointer(rebasing: numbers[range]),
                            input: input,
                            row: row
                        )
                        guard placement == .placed else { return placement }
                    }
                    return .placed
                }
            }
        }
    }

    /// Fills `row` of every input with what was kept; nil where there is nothing to run.
    private func fill(
        _ lane: OnnxLane,
        _ row: Int,
        _ prepared: PreparedRow
    ) -> OnnxLane.Placement? {
        switch prepared {
        case .nothing: return nil
        case .answer(let answer):
            guard case .failed(let reason) = answer.outcome else { return nil }
            return .refused(reason)
        case .numbers(let inputs): return fill(lane, row, inputs, texts: [:])
        case .mixed(let inputs, let texts): return fill(lane, row, inputs, texts: texts)
        }
    }

    private func fill(
        _ lane: OnnxLane,
        _ row: Int,
        _ inputs: [[Double]],
        texts: [Int: [String]]
    ) -> OnnxLane.Placement {
        guard inputs.count == lane.model.inputs.count else { return .refused(Self.misfit) }
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

    private static let misfit = "what was kept of the reading is not what the model takes"
}
