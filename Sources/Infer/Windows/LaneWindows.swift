// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// One lane's windows, of all policies.
///
/// Each reading is shown to it once and in order, with all models of its policy; what became of it is
/// then asked for each model by itself. Owned by one thread.
final class LaneWindows {
    private final class Arrangement {
        let references: [ModelReference]
        /// What the models make their numbers of; another file may have come under the same version.
        let digests: [String]
        let windows: [WindowSpec?]
        var groups: [WindowGroup] = []
        /// Under what each group is kept.
        var keys: [StateShelf.Key] = []
        /// True until it is known that nothing of it has changed with the models.
        var isDoubtful = false
        /// Why the models of this policy have no windows.
        var fault: String?

        init(_ models: [ModelHandle]) {
            references = models.map(\.reference)
            digests = models.map(\.inputsDigest)
            windows = models.map(\.window)
        }
    }

    private let shelf: StateShelf
    private var arrangements: [String: Arrangement] = [:]

    /// How many sets of windows there are.
    var groupCount: Int { arrangements.values.reduce(0) { $0 + $1.groups.count } }

    init(shelf: StateShelf) {
        self.shelf = shelf
    }

    /// Takes the readings `rows` into the windows of `models`, all the models of one policy.
    ///
    /// Fields of other topics that are joined are put in their slots of `readings`. `arrival` is asked,
    /// by the row, for readings without a time of their own.
    func observe(
        _ models: [ModelHandle],
        _ readings: inout ReadingBatch,
        rows: [Int],
        arrival: (Int) -> WallTime
    ) -> WindowTally.Counts {
        var counts = WindowTally.Counts()
        let windowed = models.filter { $0.window != nil }
        guard let owner = windowed.first?.owner else { return counts }
        let arrangement = arrangement(of: windowed, owner: owner)
        for group in arrangement.groups {
            group.begin(rowCount: readings.count)
            for row in rows {
                let arrival = readings.rows[row].deviceTime ?? arrival(row)
                group.take(&readings, row: row, arrival: arrival, counts: &counts)
            }
        }
        return counts
    }

    /// Takes note that other models are in force: what changed begins anew, the rest goes on.
    func modelsChanged() {
        for arrangement in arrangements.values { arrangement.isDoubtful = true }
    }

    /// What windows have made of the readings that were observed, for one model.
    enum Outlook {
        case nothing
        /// Why it has no windows.
        case fault(String)
        case part(WindowGroup.Part)
    }

    /// What `model` is to be fed of the readings that have been observed.
    func outlook(for model: ModelHandle) -> Outlook {
        guard let arrangement = arrangements[model.owner] else { return .nothing }
        if let fault = arrangement.fault { return .fault(fault) }
        for group in arrangement.groups {
            if let part = group.parts.first(where: { $0.reference == model.reference }) {
                return .part(part)
            }
        }
        return .nothing
    }

    /// The same of one of them, to be kept.
    func prepared(_ model: ModelHandle, row: Int) -> PreparedRow {
        switch outlook(for: model) {
        case .nothing: return .nothing
        case .fault(let reason): return .answer(.init(.failed(reason: reason)))
        case .part(let part):
            switch part.rows[row] {
            case .nothing: return .nothing
            case .failed(let reason): return .answer(.init(.failed(reason: reason)))
            case .numbers(let place):
                let inputs = part.pipelines.indices.map { input in
                    Array(part.rows.numbers[part.rows.ranges[place + input]])
                }
                return .numbers(inputs)
            }
        }
    }

    private func arrangement(of models: [ModelHandle], owner: String) -> Arrangement {
        let references = models.map(\.reference)
        if let known = arrangements[owner], known.references == references {
            if !known.isDoubtful { return known }
            if known.digests == models.map(\.inputsDigest),
                zip(known.windows, models).allSatisfy({ $0 == $1.window })
            {
                known.isDoubtful = false
                return known
            }
        }
        let new = arranged(models, owner: owner, former: arrangements[owner])
        arrangements[owner] = new
        return new
    }

    private func arranged(
        _ models: [ModelHandle],
        owner: String,
        former: Arrangement?
    ) -> Arrangement {
        var specs: [WindowSpec] = []
        for case let spec? in models.map(\.window) where !specs.contains(spec) {
            specs.append(spec)
        }
        let arrangement = Arrangement(models)
        let sets = specs.flatMap { spec in Self.sharing(models.filter { $0.window == spec }) }
        for sharing in sets {
            guard let spec = sharing.first?.window else { continue }
            do throws(FeatureError) {
                let group = try WindowGroup(
                    spec,
                    models: sharing.map { ($0.reference, $0.featurePipelines) }
                )
                if let same = former?.groups.first(where: { $0.settings == group.settings }) {
                    group.takeOver(same)
                }
                arrangement.groups.append(group)
                var key = StateShelf.Key(part: "window", owner: owner, model: sharing.keptName)
                if arrangement.keys.contains(key) {
                    key.model = sharing.map(\.reference.description).joined(separator: "+")
                }
                arrangement.keys.append(key)
                shelf.place(group, as: key, settings: group.settings)
            } catch {
                // Every feature was checked when its model was bound.
                arrangement.fault = error.message
            }
        }
        for key in former?.keys ?? [] where !arrangement.keys.contains(key) { shelf.remove(key) }
        return arrangement
    }

    /// Models with one window, by what may share it: a version that runs beside shares that of those
    /// that speak only where it adds no field, which a reading might lack.
    private static func sharing(_ models: [ModelHandle]) -> [[ModelHandle]] {
        let speaking = models.filter { !$0.isBeside }
        let fields = speaking.reduce(into: Set<String>()) { $0.formUnion($1.fieldsUsed) }
        let fitting = models.filter { !$0.isBeside || $0.fieldsUsed.isSubset(of: fields) }
        let others = models.filter { $0.isBeside && !$0.fieldsUsed.isSubset(of: fields) }
        return (fitting.isEmpty ? [] : [fitting]) + others.map { [$0] }
    }
}

extension [ModelHandle] {
    /// The names of the models, each once: versions come and go.
    fileprivate var keptName: String {
        reduce(into: [String]()) { names, model in
            if !names.contains(model.reference.name) { names.append(model.reference.name) }
        }.joined(separator: "+")
    }
}

extension WindowGroup {
    /// Goes on with the windows of `former`, whose settings are the same.
    func takeOver(_ former: WindowGroup) {
        var writer = StateWriter()
        former.save(into: &writer)
        var reader = StateReader(writer.bytes)
        // It has just been written; what would not read begins anew.
        try? restore(from: &reader)
    }
}
