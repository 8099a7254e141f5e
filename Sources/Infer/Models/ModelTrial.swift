// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Synchronization
import Vocabulary

/// The first runs of a model: whether it runs at all, what it says of its check, and how long it
/// takes.
struct ModelTrial {
    private let lane: OnnxLane
    /// The median time of a run of one row.
    let estimate: Interval
    /// What it says of a row of ones, which may be no more than that it has no opinion.
    let firstOutcome: Finding.Outcome

    /// How long a first run may take, which includes what the runtime does only once.
    static let limit = Interval.seconds(30)
    private static let runs = 5

    init(_ model: OnnxModel) throws(OnnxError) {
        lane = try OnnxLane(model)
        try lane.run(rows: 1, limit: Self.limit)
        // A model that cannot take two rows where it says any number would fail only in traffic.
        if model.maximumBatch > 1 { try lane.run(rows: 2, limit: Self.limit) }
        var times: [Int64] = []
        for _ in 0..<Self.runs {
            let start = RunWatchdog.now()
            try lane.run(rows: 1, limit: Self.limit)
            times.append(RunWatchdog.now() - start)
        }
        estimate = Interval(nanoseconds: times.sorted()[Self.runs / 2])
        model.trialTime.store(estimate.nanoseconds, ordering: .relaxed)
        model.pace.begin(trial: estimate)
        firstOutcome = lane.outcome(row: 0)
    }

    /// True when the model says of `check` what it should; reports what it says otherwise.
    func passes(_ check: OnnxSpec.Check?) throws(OnnxError) -> Bool {
        guard let check else { return true }
        guard let inputs = check.placed(in: lane.model) else { return false }
        for (index, values) in inputs.enumerated() {
            let placement: OnnxLane.Placement
            switch values {
            case .numbers(let numbers):
                placement = numbers.withUnsafeBufferPointer {
                    lane.place(numbers: $0, input: index, row: 0)
                }
            case .texts(let texts):
                placement = lane.place(texts: texts[...], input: index, row: 0)
            }
            guard case .refused(let reason) = placement else { continue }
            let name = lane.model.session.inputs[index].name
            check.node.problem("`check` does not fit input `\(name)`: \(reason)")
            return false
        }
        try lane.run(rows: 1, limit: Self.limit)
        let difference: String?
        if let found = check.difference(from: lane.outcome(row: 0)) {
            difference = found
        } else {
            difference = try outputDifference(check, inputs)
        }
        guard let difference else { return true }
        check.node.problem(
            "the model fails its check: \(difference)",
            hint: "it does not do here what it did where it was made"
        )
        return false
    }

    /// How an output differs from what the check says of it; nil when none does.
    private func outputDifference(
        _ check: OnnxSpec.Check,
        _ inputs: [OnnxSpec.Check.Values]
    ) throws(OnnxError) -> String? {
        guard !check.outputs.isEmpty else { return nil }
        let model = lane.model
        let rows = model.batch.isFixed ? model.batch.maximum : 1
        var tensors: [Tensor] = []
        for (input, values) in zip(model.inputs, inputs) {
            let count = input.isBatched ? rows : 1
            guard let dimensions = input.dimensions(of: values.count) else { return nil }
            tensors.append(
                Tensor(
                    name: model.session.inputs[tensors.count].name,
                    dimensions: input.isBatched ? [count] + dimensions : dimensions,
                    elements: values.elements(repeated: count)
                )
            )
        }
        let given = try lane.run(tensors, limit: Self.limit)
        for (name, wanted) in check.outputs.sorted(by: { $0.key < $1.key }) {
            guard let tensor = given.first(where: { $0.name == name }) else {
                let names = given.map { "`\($0.name)`" }.joined(separator: ", ")
                return "it has no output `\(name)`; it has \(names)"
            }
            if let difference = wanted.difference(from: tensor, tolerance: check.tolerance) {
                return "output `\(name)`: \(difference)"
            }
        }
        return nil
    }
}

extension OnnxSpec.Check {
    /// What each of the model's inputs takes, in its order; nil when that does not fit, which is
    /// reported.
    fileprivate func placed(in model: OnnxModel) -> [Values]? {
        let names = model.session.inputs.map(\.name)
        guard let input else {
            let found = names.compactMap { inputs[$0] }
            guard found.count == names.count, inputs.count == names.count else {
                node.problem(
                    "`check` names the inputs \(OnnxSpec.listed(inputs.keys.sorted()))",
                    hint: "the model has \(OnnxSpec.listed(names))"
                )
                return nil
            }
            return found
        }
        // The numbers of an input of open width are all there are, where it is the only one.
        let widths = model.inputs.count == 1 ? [input.count] : model.inputs.map { $0.width ?? 0 }
        let total =
            model.inputs.count == 1 ? model.inputs[0].width ?? input.count : widths.reduce(0, +)
        guard input.count == total else {
            node.problem(
                "`check` has \(input.count) numbers; the model takes \(total)",
                hint: "list the numbers of all inputs, in the model's own order"
            )
            return nil
        }
        var start = 0
        return widths.map { width in
            defer { start += width }
            return .numbers(Array(input[start..<start + width]))
        }
    }

    /// How `outcome` differs from what is expected; nil when it does not.
    func difference(from outcome: Finding.Outcome) -> String? {
        let expectsAnswer = label != nil || probabilities != nil || value != nil
        switch outcome {
        case .failed(let reason), .skipped(let reason):
            return expectsAnswer ? reason : nil
        case .detections:
            return expectsAnswer ? "it gave detections" : nil
        case .value(let found):
            guard label == nil, probabilities == nil else { return "it gave a value, no label" }
            guard let value, abs(found - value) > tolerance else { return nil }
            return "it gave \(found) instead of \(value)"
        case .classification(let found):
            if value != nil { return "it gave a label, no value" }
            if let label, label != found.label {
                return "it gave `\(found.label)` instead of `\(label)`"
            }
            guard let probabilities else { return nil }
            let isNear = zip(probabilities, found.probabilities).allSatisfy {
                abs($0 - $1) <= tolerance
            }
            guard !isNear || probabilities.count != found.probabilities.count else { return nil }
            return "it gave \(found.probabilities) instead of \(probabilities)"
        }
    }
}

extension OnnxSpec.Check.Values {
    /// The same as a tensor's elements, for `count` rows alike.
    fileprivate func elements(repeated count: Int) -> Tensor.Elements {
        switch self {
        case .numbers(let numbers): .float64((0..<count).flatMap { _ in numbers })
        case .texts(let texts): .text((0..<count).flatMap { _ in texts })
        }
    }

    /// How the first row of `tensor` differs; nil when it does not.
    fileprivate func difference(from tensor: Tensor, tolerance: Double) -> String? {
        let found: [Double]
        switch (self, tensor.elements) {
        case (.texts(let texts), .text(let given)):
            return zip(texts, given).first { $0 != $1 }.map { "it gave `\($1)` instead of `\($0)`" }
                ?? (given.count < texts.count ? "it gave \(given.count) texts" : nil)
        case (.numbers(let numbers), .float32(let given)):
            found = given.prefix(numbers.count).map { Double($0) }
        case (.numbers(let numbers), .float64(let given)):
            found = Array(given.prefix(numbers.count))
        case (.numbers(let numbers), .int64(let given)):
            found = given.prefix(numbers.count).map { Double($0) }
        case (.numbers(let numbers), .uint64(let given)):
            found = given.prefix(numbers.count).map { Double($0) }
        case (.numbers(let numbers), .flags(let given)):
            found = given.prefix(numbers.count).map { $0 ? 1 : 0 }
        case (.texts, _): return "it gave \(tensor.element.words)"
        case (.numbers, .text): return "it gave texts"
        }
        guard case .numbers(let wanted) = self else { return nil }
        guard found.count == wanted.count else {
            return "it gave \(found.count) numbers instead of \(wanted.count)"
        }
        let worst = zip(wanted, found).enumerated().first {
            abs($1.0 - $1.1) > tolerance || $1.1.isNaN
        }
        return worst.map { "number \($0) is \($1.1) instead of \($1.0)" }
    }
}
