// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

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
