// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Where one thread evaluates features: the results of the steps of one reading or window.
///
/// It keeps its memory from one evaluation to the next.
final class FeatureWorkspace {
    /// Why a step has no result.
    enum Fault: Equatable {
        case missing
        case text
        case bytes
        case empty
        case noSeries
        case noScalar
        case unequal
        case short(Int)
        case timeless
        /// A band lies above half the rate that the times say.
        case slow
        /// Another step has none.
        case inherited(Int)
    }

    /// The result of one step.
    struct Result {
        var series: UnsafeBufferPointer<Double>
        var isSeries: Bool
        var fault: Fault?
    }

    private(set) var results: [Result] = []
    let arena = NumberArena()
    private var summaries: [SeriesSummary?] = []
    private var spectra: [UnsafeBufferPointer<Double>?] = []
    private var times: UnsafeBufferPointer<Double>?
    private var plans: [SpectrumPlan] = []
    var melPlans: [MelPlan] = []
    /// Room for camera frames.
    var frames = FrameDesk()

    /// How many lengths of series are prepared for at a time.
    private static let planLimit = 8

    /// Evaluates every step of `program` for reading `row`, or for `window`, which it has completed.
    func evaluate(
        _ program: FeatureProgram,
        _ readings: borrowing ReadingBatch,
        row: Int,
        window: DeviceWindow? = nil
    ) {
        let count = program.steps.count
        arena.reset()
        results.removeAll(keepingCapacity: true)
        if summaries.count < count {
            summaries = Array(repeating: nil, count: count)
            spectra = Array(repeating: nil, count: count)
        }
        for index in 0..<count {
            summaries[index] = nil
            spectra[index] = nil
        }
        times = nil
        if program.usesTimes, let window {
            let room = arena.room(for: window.count)
            window.copyTimes(into: room)
            times = UnsafeBufferPointer(room)
        }
        for place in 0..<count {
            results.append(result(of: program.steps[place], program, readings, row, window))
        }
    }

    // MARK: - Steps

    private func result(
        of step: FeatureStep,
        _ program: FeatureProgram,
        _ readings: borrowing ReadingBatch,
        _ row: Int,
        _ window: DeviceWindow?
    ) -> Result {
        switch step {
        case .constant(let number): return one(number)
        case .column(let column):
            guard let window else { return field(readings, row, program.columns[column]) }
            let room = arena.room(for: window.count)
            // A column of which only statistics are wanted need not be laid out.
            if program.laysOut[column] {
                window.copy(column, into: room)
            }
            return Result(series: UnsafeBufferPointer(room), isSeries: true)
        case .tracked(let function, let track):
            return one(window?.value(of: function, track: track) ?? .nan)
        case .trackedSlope(let track):
            return one(window?.slope(track: track) ?? .nan)
        case .oneHot(let slot, let categories): return oneHot(readings[row, slot], categories)
        case .statistic(let function, let place):
            if let fault = fault(ofSeries: place) { return failed(fault) }
            return one(summary(place, program, window)(function))
        case .slope(let place):
            if let fault = fault(ofSeries: place) { return failed(fault) }
            return slope(place, program, window)
        case .quantile(let place, let share):
            if let fault = fault(ofSeries: place) { return failed(fault) }
            let room = arena.room(for: results[place].series.count)
            _ = room.update(fromContentsOf: results[place].series)
            return one(room.quantile(share))
        case .lag(let place, let steps):
            return newest(place, before: steps) { series, last in series[last - steps] }
        case .delta(let place, let steps):
            return newest(place, before: steps) { series, last in
                series[last] - series[last - steps]
            }
        case .spectral(let asked, let place, let rate):
            if let fault = fault(ofSeries: place) { return failed(fault) }
            guard let rate = rate ?? sampleRate else { return failed(.timeless) }
            return spectral(asked, place, rate)
        case .map(let mapping, let place): return each(place) { mapping($0) }
        case .clip(let place, let low, let high): return each(place) { min(max($0, low), high) }
        case .scale(let place, let mean, let deviation):
            return each(place) { ($0 - mean) / deviation }
        case .arithmetic(let sign, let left, let right): return joined(sign, left, right)
        case .difference(let place):
            if let fault = fault(ofSeries: place) { return failed(fault) }
            let series = results[place].series
            let room = arena.room(for: series.count - 1)
            for index in room.indices { room[index] = series[index + 1] - series[index] }
            return Result(series: UnsafeBufferPointer(room), isSeries: true)
        case .interleave(let places): return interleaved(places)
        case .mel(let spec, let place): return mel(spec, place)
        }
    }

    private func one(_ number: Double) -> Result {
        let room = arena.room(for: 1)
        room[0] = number
        return Result(series: UnsafeBufferPointer(room), isSeries: false)
    }

    func failed(_ fault: Fault) -> Result {
        Result(series: UnsafeBufferPointer(start: nil, count: 0), isSeries: false, fault: fault)
    }

    private func field(_ readings: borrowing ReadingBatch, _ row: Int, _ slot: Int) -> Result {
        switch readings[row, slot] {
        case .number(let number): return one(number)
        case .flag(let flag): return one(flag ? 1 : 0)
        case .samples(let range):
            guard !range.isEmpty else { return failed(.empty) }
            let room = arena.room(for: range.count)
            readings.samples.withUnsafeBufferPointer { samples in
                _ = room.update(fromContentsOf: samples[range])
            }
            return Result(series: UnsafeBufferPointer(room), isSeries: true)
        case .absent: return failed(.missing)
        case .text: return failed(.text)
        case .bytes: return failed(.bytes)
        }
    }

    func fault(ofSeries place: Int) -> Fault? {
        if results[place].fault != nil { return .inherited(place) }
        guard results[place].isSeries else { return .noSeries }
        return results[place].series.isEmpty ? .empty : nil
    }

    private func summary(
        _ place: Int,
        _ program: FeatureProgram,
        _ window: DeviceWindow?
    ) -> SeriesSummary {
        if let summary = summaries[place] { return summary }
        let summary: SeriesSummary
        if let window, case .column(let column) = program.steps[place], !program.laysOut[column] {
            summary = window.summary(of: column)
        } else {
            summary = SeriesSummary(results[place].series)
        }
        summaries[place] = summary
        return summary
    }

    private func slope(
        _ place: Int,
        _ program: FeatureProgram,
        _ window: DeviceWindow?
    ) -> Result {
        let series = results[place].series
        if let rate = program.scope.rate {
            return one(SeriesTrend(even: series).slope * rate)
        }
        guard let times else { return failed(.timeless) }
        if let window, case .column(let column) = program.steps[place], !program.laysOut[column] {
            return one(window.trend(of: column).slope)
        }
        // What `diff` makes of a series belongs to its newest times.
        let fitting = UnsafeBufferPointer(rebasing: times.suffix(series.count))
        return one(SeriesTrend(series, times: fitting).slope)
    }

    private var sampleRate: Double? {
        guard let times, let first = times.first, let last = times.last, last > first else {
            return nil
        }
        return Double(times.count - 1) / (last - first)
    }

    private func newest(
        _ place: Int,
        before steps: Int,
        _ value: (UnsafeBufferPointer<Double>, Int) -> Double
    ) -> Result {
        if let fault = fault(ofSeries: place) { return failed(fault) }
        let series = results[place].series
        guard series.count > steps else { return failed(.short(steps + 1)) }
        return one(value(series, series.count - 1))
    }

    // MARK: - Each number of a series

    private func each(_ place: Int, _ change: (Double) -> Double) -> Result {
        if results[place].fault != nil { return failed(.inherited(place)) }
        let series = results[place].series
        let room = arena.room(for: series.count)
        for index in series.indices { room[index] = change(series[index]) }
        return Result(series: UnsafeBufferPointer(room), isSeries: results[place].isSeries)
    }

    private func joined(_ sign: FeatureArithmetic, _ left: Int, _ right: Int) -> Result {
        let (first, second) = (results[left], results[right])
        if first.fault != nil { return failed(.inherited(left)) }
        if second.fault != nil { return failed(.inherited(right)) }
        guard first.isSeries || second.isSeries else {
            return one(sign(first.series[0], second.series[0]))
        }
        let count = first.isSeries ? first.series.count : second.series.count
        guard !first.isSeries || !second.isSeries || second.series.count == count else {
            return failed(.unequal)
        }
        let room = arena.room(for: count)
        for index in room.indices {
            room[index] = sign(
                first.series[first.isSeries ? index : 0],
                second.series[second.isSeries ? index : 0]
            )
        }
        return Result(series: UnsafeBufferPointer(room), isSeries: true)
    }

    private func interleaved(_ places: [Int]) -> Result {
        let count = results[places[0]].series.count
        for place in places {
            if let fault = fault(ofSeries: place) { return failed(fault) }
            guard results[place].series.count == count else { return failed(.unequal) }
        }
        let room = arena.room(for: count * places.count)
        for (offset, place) in places.enumerated() {
            let series = results[place].series
            for index in series.indices { room[index * places.count + offset] = series[index] }
        }
        return Result(series: UnsafeBufferPointer(room), isSeries: true)
    }

    private func oneHot(_ value: FieldValue, _ categories: [FeatureStep.Category]) -> Result {
        let found: Int?
        switch value {
        case .text(let text): found = categories.firstIndex { $0.isText(text) }
        case .number(let number): found = categories.firstIndex { $0.isNumber(number) }
        case .flag(let flag): found = categories.firstIndex { $0.isText(flag ? "true" : "false") }
        case .absent: return failed(.missing)
        case .samples: return failed(.noScalar)
        case .bytes: return failed(.bytes)
        }
        let room = arena.room(for: categories.count)
        room.update(repeating: 0)
        if let found { room[found] = 1 }
        return Result(series: UnsafeBufferPointer(room), isSeries: true)
    }

    // MARK: - Spectra

    private func spectral(
        _ asked: FeatureStep.Spectral,
        _ place: Int,
        _ rate: Double
    ) -> Result {
        let power = spectrum(place)
        let width = rate / Double(results[place].series.count)
        switch asked {
        case .bands(let edges):
            if edges[edges.count - 2] > rate / 2 { return failed(.slow) }
            let room = arena.room(for: edges.count - 1)
            for index in room.indices {
                room[index] = power.sum(from: edges[index] / width, to: edges[index + 1] / width)
            }
            return Result(series: UnsafeBufferPointer(room), isSeries: room.count > 1)
        case .peak:
            guard power.varies else { return one(0) }
            var greatest = 0
            for index in power.indices.dropFirst()
            where greatest == 0 || power[index] > power[greatest] {
                greatest = index
            }
            return one(Double(greatest) * width)
        case .centroid:
            guard power.varies else { return one(0) }
            var (sum, moment) = (0.0, 0.0)
            for index in power.indices.dropFirst() {
                sum += power[index]
                moment += power[index] * Double(index)
            }
            return one(moment / sum * width)
        }
    }

    private func spectrum(_ place: Int) -> UnsafeBufferPointer<Double> {
        if let known = spectra[place] { return known }
        let series = results[place].series
        let plan = plan(series.count)
        let room = arena.room(for: plan.count)
        if let start = room.baseAddress { plan.spectrum(of: series, into: start) }
        spectra[place] = UnsafeBufferPointer(room)
        return UnsafeBufferPointer(room)
    }

    private func plan(_ length: Int) -> SpectrumPlan {
        if let plan = plans.first(where: { $0.length == length }) { return plan }
        if plans.count == Self.planLimit { plans.removeFirst() }
        let plan = SpectrumPlan(length)
        plans.append(plan)
        return plan
    }
}
