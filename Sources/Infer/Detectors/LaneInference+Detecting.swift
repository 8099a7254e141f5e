// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension LaneInference {
    /// A detector as one policy uses it, found once for many readings.
    struct DetectorWatch {
        let detector: DetectorModel
        let lane: DetectorLane
        let pipeline: InputPipeline
        /// How many numbers it watches.
        let width: Int
        /// What windows have made of the readings; nil for one that looks at each by itself.
        let outlook: LaneWindows.Outlook?
    }

    /// Finds what `detector` knows for the handle's owner.
    func watch(_ detector: DetectorModel, _ handle: ModelHandle) -> DetectorWatch {
        let pipeline = handle.pipelines[0]
        let width = pipeline.width ?? detector.spec.features.count
        return DetectorWatch(
            detector: detector,
            lane: detectors.lane(of: detector, handle, fields: width, shelf),
            pipeline: pipeline,
            width: width,
            outlook: handle.isWindowed ? windows.outlook(for: handle) : nil
        )
    }

    /// What a detector says of the reading `row`; it learns from it.
    func outcome(
        of watch: DetectorWatch,
        _ readings: ReadingBatch,
        _ row: Int
    ) -> Finding.Outcome? {
        precise.removeAll(keepingCapacity: true)
        switch watch.outlook {
        case .nothing: return nil
        case .fault(let reason): return .failed(reason: reason)
        case .part(let part):
            switch part.rows[row] {
            case .nothing: return nil
            case .failed(let reason): return .failed(reason: reason)
            case .numbers(let place):
                precise.append(contentsOf: part.rows.numbers[part.rows.ranges[place]])
            }
        case nil:
            do throws(FeatureFailure) {
                try watch.pipeline.place(readings, row: row, into: &precise, using: workspace)
            } catch {
                return .failed(reason: error.reason)
            }
        }
        guard precise.count == watch.width else {
            let found = "found \(precise.count)"
            return .failed(reason: "the detector wants \(watch.width) numbers; \(found)")
        }
        let evictions = watch.lane.evictions
        let score = readings.rows.withUnsafeBufferPointer { rows in
            let time = rows[row].deviceTime ?? self.time.wallTime
            return watch.lane.score(precise, device: rows[row].device, at: time)
        }
        engine.tally.count(evictions: watch.lane.evictions - evictions)
        return watch.detector.outcome(score)
    }

    /// Answers a request for a detector, one reading after the other.
    func answer(
        _ request: InferenceRequest,
        by detector: DetectorModel
    ) {
        var since = time.now
        func put(_ outcome: Finding.Outcome, at place: Int) {
            let now = time.now
            request.put(outcome, at: place, latency: now - since)
            since = now
        }
        switch request.rows {
        case .readings(let readings, let rows):
            guard !rows.isEmpty else { return }
            let watch = watch(detector, request.model)
            for (place, row) in rows.enumerated() {
                guard let said = outcome(of: watch, readings, row) else { continue }
                put(said, at: place)
            }
        case .prepared(let rows):
            for (place, row) in rows.enumerated() {
                if case .answer(let answer) = row { put(answer.outcome, at: place) }
            }
        }
    }
}
