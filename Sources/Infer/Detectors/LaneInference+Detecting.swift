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
        by detector: DetectorModel,
        _ found: inout RequestFindings
    ) {
        var since = time.now
        func put(_ outcome: Finding.Outcome, at place: Int) {
            let now = time.now
            found.put(outcome, at: place, latency: now - since)
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

/// The detectors of one lane, by policy and model.
///
/// A new edition of a policy or a model goes on with what was learned, if what it learns from is the same.
struct DetectorLanes {
    private struct Key: Hashable {
        var owner: String
        var model: ModelReference

        /// True for another version of the same model, asked by the same policy, and for itself.
        func isNamesake(of other: Key) -> Bool {
            owner == other.owner && model.name == other.model.name
        }
    }

    private struct Place {
        var detector: DetectorModel
        var digest: String
        var lane: DetectorLane
        var shelfKey: StateShelf.Key
    }

    private var places: [Key: Place] = [:]
    /// The versions in force; empty before the first swap.
    private var live: Set<ModelReference>?

    /// Lets go of the versions that are gone, once their devices have an heir.
    mutating func keep(_ engine: CoreEngine, _ shelf: StateShelf) {
        live = Set(engine.models.keys)
        let all = places
        places = all.filter { key, _ in
            guard engine.models[key.model] == nil else { return true }
            let hasHeir = all.contains { other, _ in
                other.isNamesake(of: key) && engine.models[other.model] != nil
            }
            return engine.roles[key.model.name] != nil && !hasHeir
        }
        // What was a canary's, kept under its number, is found under the model's name from now on.
        for (key, place) in places where place.shelfKey.model != key.model.name {
            let isAlone = !places.contains { $0.key != key && $0.key.isNamesake(of: key) }
            guard isAlone else { continue }
            shelf.remove(place.shelfKey)
            let own = StateShelf.Key(part: "detector", owner: key.owner, model: key.model.name)
            shelf.place(place.lane, as: own, settings: place.lane.settings)
            places[key]?.shelfKey = own
        }
    }

    /// The lane's state of `detector` for the handle's owner, made or restored on first use.
    mutating func lane(
        of detector: DetectorModel,
        _ handle: ModelHandle,
        fields: Int,
        _ shelf: StateShelf
    ) -> DetectorLane {
        let key = Key(owner: handle.owner, model: handle.reference)
        if let place = places[key], place.detector === detector,
            place.digest == handle.inputsDigest
        {
            return place.lane
        }
        let settings = detector.spec.digest(inputs: handle.inputsDigest)
        let name = handle.reference.name
        let known = places.first { other, place in
            other.owner == key.owner && other.model.name == name
                && place.lane.settings == settings
        }
        let lane: DetectorLane
        let shelfKey: StateShelf.Key
        if let known {
            (lane, shelfKey) = (known.value.lane, known.value.shelfKey)
        } else {
            // A canary with settings of its own must not take the place of the version that speaks.
            let isTaken = places.keys.contains { other in
                other.isNamesake(of: key) && other != key
                    && live?.contains(other.model) != false
            }
            lane = DetectorLane(detector.spec, fields: fields, settings: settings)
            shelfKey = StateShelf.Key(
                part: "detector",
                owner: handle.owner,
                model: isTaken ? handle.reference.description : name
            )
            shelf.place(lane, as: shelfKey, settings: settings)
        }
        places[key] = Place(
            detector: detector,
            digest: handle.inputsDigest,
            lane: lane,
            shelfKey: shelfKey
        )
        return lane
    }
}
