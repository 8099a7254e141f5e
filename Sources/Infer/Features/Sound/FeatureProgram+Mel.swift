// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

/// `log_mel` and `mfcc`, checked when the model is loaded.
extension FeatureProgram {
    /// How many overlapping frames a sample may be part of: it bounds the time a sound takes.
    private static let mostOverlap = 16

    mutating func addMel(
        _ function: FeatureFunction.Other,
        _ arguments: [FeatureTree],
        at tree: FeatureTree
    ) throws(FeatureError) -> Int {
        let operand = try addSeries(arguments[0], for: function.rawValue)
        guard let rate = try rate(nil, at: tree) else {
            throw tree.error(
                "the sample rate is not known",
                hint: "add it to the model, `rate: 16kHz`, or to the policy's `reading`"
            )
        }
        let size = try whole(arguments[1], in: 16...65_536)
        let hop = try whole(arguments[2], in: max(1, size / Self.mostOverlap)...1_048_576)
        let bands = try whole(arguments[3], in: 1...512)
        var spec = MelSpec(rate: rate, size: size, hop: hop, bands: bands)
        var rest = arguments.dropFirst(4)
        if function == .mfcc {
            guard let first = rest.popFirst() else {
                throw tree.error("`mfcc` wants a number of coefficients")
            }
            spec.coefficients = try whole(first, in: 1...bands)
        }
        try apply(rest, to: &spec)
        var count: Int?
        if case .series(let length?) = forms[operand] {
            let frames = spec.frames(of: length)
            guard frames > 0 else {
                throw tree.error("a series of \(length) numbers is shorter than a frame")
            }
            count = spec.rows * frames
        }
        return place(of: .mel(spec, operand), .series(count))
    }

    /// The options: two frequencies for the lowest and the highest band, and words.
    private func apply(
        _ options: ArraySlice<FeatureTree>,
        to spec: inout MelSpec
    ) throws(FeatureError) {
        var edges: [Double] = []
        for option in options {
            switch option.kind {
            case .frequency, .number(0): edges.append(try frequency(option))
            case .name(let word), .text(let word):
                guard spec.apply(word) else {
                    throw option.error(
                        "unknown option `\(word)`",
                        hint: Suggestion.hint(for: word, among: MelSpec.words)
                            ?? "known: \(MelSpec.words.joined(separator: ", "))"
                    )
                }
            default: throw option.error("an option is a frequency or a word")
            }
            guard edges.count <= 2, edges.last ?? 0 <= spec.rate / 2 else {
                throw option.error("bands lie between two frequencies up to \(spec.rate / 2) Hz")
            }
        }
        guard let low = edges.first else { return }
        spec.low = low
        spec.high = edges.count == 2 ? edges[1] : spec.rate / 2
        if spec.low >= spec.high, let option = options.first {
            throw option.error("the frequencies of bands go up")
        }
    }

    private func whole(
        _ tree: FeatureTree,
        in range: ClosedRange<Int>
    ) throws(FeatureError) -> Int {
        guard case .number(let number) = tree.kind, let whole = Int(exactly: number),
            range.contains(whole)
        else {
            throw tree.error(
                "a whole number from \(range.lowerBound) to \(range.upperBound) is wanted here"
            )
        }
        return whole
    }
}

extension FeatureWorkspace {
    /// The log-mel spectrum or the coefficients of the series at `place`.
    func mel(_ spec: MelSpec, _ place: Int) -> Result {
        if let fault = fault(ofSeries: place) { return failed(fault) }
        let series = results[place].series
        let count = spec.frames(of: series.count)
        guard count > 0 else { return failed(.short(spec.size)) }
        let room = arena.room(for: spec.rows * count)
        melPlan(spec).write(series, into: room)
        return Result(series: UnsafeBufferPointer(room), isSeries: true)
    }

    private func melPlan(_ spec: MelSpec) -> MelPlan {
        if let plan = melPlans.first(where: { $0.spec == spec }) { return plan }
        if melPlans.count == 8 { melPlans.removeFirst() }
        let plan = MelPlan(spec)
        melPlans.append(plan)
        return plan
    }
}
