// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The windows that the models of one policy share in one lane: those with the same settings.
///
/// A window has the fields of all of them; a reading that lacks one is part of none. What several
/// features have in common is worked out once a window. Owned by one thread.
final class WindowGroup {
    /// What one model takes from a window.
    final class Part {
        let reference: ModelReference
        let pipelines: [FeaturePipeline]
        /// The places of the results of each input's features.
        let outputs: [[Int]]
        fileprivate(set) var rows = WindowedRows()

        init(_ reference: ModelReference, _ pipelines: [FeaturePipeline], _ outputs: [[Int]]) {
            self.reference = reference
            self.pipelines = pipelines
            self.outputs = outputs
        }
    }

    let plan: WindowPlan
    let program: FeatureProgram
    let parts: [Part]
    let table: WindowTable
    /// Grows with every reading.
    private(set) var changes = 0
    private let workspace = FeatureWorkspace()
    /// The slots of the fields that are joined, where they are not those joined to.
    private let joinedSlots: [Int]
    private let onSlots: [Int]
    private var staged: [Double] = []

    /// Joins the features of `models`, all of them with the window `spec`.
    init(_ spec: WindowSpec, models: [(ModelReference, [FeaturePipeline])]) throws(FeatureError) {
        var program = FeatureProgram(models.first?.1.first?.scope ?? FeatureScope(fields: []))
        var parts: [Part] = []
        for (reference, pipelines) in models {
            var outputs: [[Int]] = []
            for pipeline in pipelines { outputs.append(try program.add(pipeline.expressions)) }
            parts.append(Part(reference, pipelines, outputs))
        }
        let fields = program.scope.fields
        let isOn = Set(spec.join?.on ?? [])
        let onSlots = fields.indices.filter { isOn.contains(fields[$0].name) }
        let used = program.columns + program.direct
        let others = fields.indices.filter { used.contains($0) && !onSlots.contains($0) }
        let joinedSlots = spec.join == nil ? [] : others
        self.onSlots = onSlots
        self.joinedSlots = joinedSlots
        plan = WindowPlan(
            spec,
            columnCount: program.columns.count,
            tracks: program.tracks,
            joinedCount: joinedSlots.count,
            usesTimes: program.usesTimes
        )
        let all = parts.flatMap { $0.outputs.flatMap(\.self) }
        program.seal(outputs: all, hasBlocks: plan.blockLength > 0)
        self.program = program
        self.parts = parts
        table = WindowTable(plan)
    }

    /// What its state depends on: a state of other settings cannot be gone on with.
    var settings: String {
        let names = program.columns.map { program.scope.fields[$0].name }
        let joined = joinedSlots.map { program.scope.fields[$0].name }
        let spans = plan.tracks.map { "\($0.column):\($0.span.nanoseconds)" }
        return "\(plan.spec.extent) \(names) \(joined) \(spans) \(plan.keepsTimes)"
    }

    /// Takes reading `row` into its device's window, and works out the features of what it completes.
    ///
    /// Fields of other topics that are joined are put in their slots of the reading.
    func take(
        _ readings: inout ReadingBatch,
        row: Int,
        arrival: WallTime,
        counts: inout WindowTally.Counts
    ) {
        changes &+= 1
        let reading = readings.rows[row]
        let time = (reading.deviceTime ?? arrival).nanoseconds
        let window = table.window(of: reading.device)
        defer { counts.evictions += table.settle() }
        if plan.spec.join != nil {
            let outcome = join(&readings, row, window, time, &counts)
            if let outcome { return note(row, outcome) }
        }
        let count: Int
        do throws(FeatureFailure) {
            count = try stage(readings, row)
        } catch {
            return note(row, .failed(error.reason))
        }
        let taking = staged.withUnsafeBufferPointer { numbers in
            window.take(numbers, count: count, time: time, counts: &counts)
        }
        switch taking {
        case .late: note(row, .nothing)
        case .gathered:
            counts.gathered += 1
            note(row, .nothing)
        case .complete:
            workspace.evaluate(program, readings, row: row, window: window)
            for part in parts { gather(row, part) }
        }
    }

    /// Forgets what came of the readings of the last batch.
    func begin(rowCount: Int) {
        for part in parts { part.rows.begin(rowCount) }
    }

    private func note(_ row: Int, _ outcome: WindowedRows.Outcome) {
        for part in parts { part.rows.note(row, outcome) }
    }

    private func gather(_ row: Int, _ part: Part) {
        let start = part.rows.numbers.count
        do throws(FeatureFailure) {
            for (pipeline, outputs) in zip(part.pipelines, part.outputs) {
                let first = part.rows.numbers.count
                try workspace.gather(
                    outputs,
                    of: program,
                    pipeline.expressions,
                    pipeline.scaling,
                    into: &part.rows.numbers
                )
                part.rows.ranges.append(first..<part.rows.numbers.count)
            }
            part.rows.note(row, .numbers(part.rows.ranges.count - part.pipelines.count))
        } catch {
            part.rows.truncate(to: start)
            part.rows.note(row, .failed(error.reason))
        }
    }

    // MARK: - A reading's numbers

    /// Remembers what others will be joined to, or joins; what has become of the reading where that is
    /// the end of it.
    private func join(
        _ readings: inout ReadingBatch,
        _ row: Int,
        _ window: DeviceWindow,
        _ time: Int64,
        _ counts: inout WindowTally.Counts
    ) -> WindowedRows.Outcome? {
        guard let join = plan.spec.join else { return nil }
        for (index, slot) in joinedSlots.enumerated() {
            window.joined[index].take(readings[row, slot], time: time)
        }
        guard onSlots.allSatisfy({ readings[row, $0] != .absent }) else {
            counts.gathered += 1
            return .nothing
        }
        for (index, slot) in joinedSlots.enumerated() where readings[row, slot] == .absent {
            let last = window.joined[index]
            let distance = max(time.distance(from: last.time), last.time.distance(from: time))
            guard last.value != .absent,
                join.missing == .hold || distance <= join.tolerance.nanoseconds
            else {
                counts.unjoined += 1
                guard join.missing != .skip else { return .nothing }
                let name = program.scope.fields[slot].name
                return .failed(
                    last.value == .absent
                        ? "field `\(name)` has not come yet"
                        : "field `\(name)` has not come for longer than the tolerance"
                )
            }
            readings.fill(row: row, slot: slot, with: last.value)
        }
        return nil
    }

    /// Puts the reading's numbers side by side; answers how many there are of each column.
    private func stage(
        _ readings: borrowing ReadingBatch,
        _ row: Int
    ) throws(FeatureFailure) -> Int {
        staged.removeAll(keepingCapacity: true)
        let length = try length(readings, row)
        for slot in program.columns {
            switch readings[row, slot] {
            case .number(let number):
                guard number.isFinite else { throw fault(slot, "is not a finite number") }
                staged.append(contentsOf: repeatElement(number, count: length))
            case .flag(let flag):
                staged.append(contentsOf: repeatElement(flag ? 1 : 0, count: length))
            case .samples(let range):
                guard plan.spec.countsSamples else {
                    throw fault(slot, "is a series, and the window is made of whole readings")
                }
                let isFinite = readings.samples.withUnsafeBufferPointer { samples in
                    staged.append(contentsOf: samples[range])
                    return samples[range].allSatisfy(\.isFinite)
                }
                guard isFinite else { throw fault(slot, "is not a finite number") }
            case .absent: throw fault(slot, "is missing")
            case .text: throw fault(slot, "is a text")
            case .bytes: throw fault(slot, "is a file")
            }
        }
        return length
    }

    /// How many numbers the reading adds to each column.
    private func length(
        _ readings: borrowing ReadingBatch,
        _ row: Int
    ) throws(FeatureFailure) -> Int {
        guard plan.spec.countsSamples else { return 1 }
        var length: Int?
        for slot in program.columns {
            guard case .samples(let range) = readings[row, slot] else { continue }
            guard !range.isEmpty else { throw fault(slot, "is an empty series") }
            guard length == nil || length == range.count else {
                throw fault(slot, "is not as long as the series beside it")
            }
            length = range.count
        }
        return length ?? 1
    }

    private func fault(_ slot: Int, _ what: String) -> FeatureFailure {
        FeatureFailure(reason: "field `\(program.scope.fields[slot].name)` \(what)")
    }
}
