// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// One tuning to a bound on disagreement, or on escalation alone.
struct Study {
    private let samples: [Sample]
    private let streams: Streams
    private let partition: Partition
    private let request: TuneRequest
    private let calibration: Calibration
    private let confidences: [Double]
    private let choice: ScoreChoice
    private let fit: CalibrationFit
    private let walk: ThresholdWalk

    init(
        _ samples: [Sample],
        _ streams: Streams,
        _ partition: Partition,
        _ request: TuneRequest
    ) {
        self.samples = samples
        self.streams = streams
        self.partition = partition
        self.request = request
        choice = ScoreChoice(request.method, tuning: partition.tuning.map { samples[$0] })
        fit = CalibrationFit(
            score: choice.score,
            samples: partition.calibration.map { samples[$0] }
        )
        let calibration = Calibration(score: choice.score, map: fit.map)
        self.calibration = calibration
        let confidences = samples.map { calibration.confidence(of: $0) }
        self.confidences = confidences
        let grid = Grid((partition.calibration + partition.tuning).map { confidences[$0] })
        walk = ThresholdWalk(
            samples: samples,
            confidences: confidences,
            partition: partition,
            grid: grid,
            effect: DesignEffect(
                samples,
                confidences: confidences,
                streams: streams,
                thresholds: grid.thresholds
            )
        )
    }

    /// Refuses samples that could not show the bound even if everything kept agreed.
    func checkSize() throws(TuneRefusal) {
        // Probabilities are a confidence as they are; a detector's score is none before it is fitted.
        if case .anomaly = choice.score, !fit.isFitted {
            throw Tuner.tooFew(partition.calibration.map { samples[$0] }, score: choice.score)
        }
        guard let bound = request.disagreement else { return }
        let fewest = Binomial.fewestTrials(rate: bound, certainty: request.certainty)
        let effect = walk.steps.map(\.designEffect).min() ?? 1
        guard Double(partition.test.count) / effect < Double(fewest) else { return }
        let testShare = 1 - Partition.calibrationShare - Partition.tuningShare
        let least = Int((Double(fewest) * effect / testShare).rounded(.up))
        let likely = walk.rowsNeeded(bound: bound, certainty: request.certainty)
        let shown = Percent.of(bound)
        throw TuneRefusal(
            .tooFew,
            "\(samples.count) rows leave \(partition.test.count) to test"
                + (effect > 1 ? ", worth \(Int(Double(partition.test.count) / effect))" : "")
                + "; \(shown) at \(Percent.of(request.certainty)) certainty takes \(fewest) kept "
                + "rows without a single disagreement",
            advice: "give \(max(least, likely ?? least)) rows or more, or ask for a wider bound"
                + orderHint,
            rowsNeeded: max(least, likely ?? least),
            possibleBound: possibleBound(at: walk.clearest(certainty: request.certainty))
        )
    }

    func tuning() throws(TuneRefusal) -> Tuning {
        guard let bound = request.disagreement else { return try forEscalation() }
        let start = start(bound)
        guard let index = walk.walk(from: start, bound: bound, certainty: request.certainty) else {
            throw refusal(bound)
        }
        if let most = request.escalation {
            let share = Double(walk.steps[index].kept) / Double(partition.test.count)
            guard 1 - share <= most else { throw conflict(bound, most: most, share: 1 - share) }
        }
        return outcome(at: index)
    }

    /// The threshold that escalates few enough, where the test part can say anything about it.
    private func forEscalation() throws(TuneRefusal) -> Tuning {
        let index = indexForEscalation()
        // A bound that a coin would keep says nothing.
        if let bound = possibleBound(at: index), bound < 0.5 { return outcome(at: index) }
        throw TuneRefusal(
            .tooFew,
            "\(samples.count) rows leave \(partition.test.count) to test, which show nothing of "
                + "what would be kept",
            advice: "give more rows, of more blocks" + orderHint
        )
    }

    private func start(_ bound: Double) -> Int {
        walk.start(bound: bound, certainty: request.certainty)
    }

    /// What to do where the file's order, taken for time, makes rows count for less.
    private var orderHint: String {
        guard case .found = streams.basis, !streams.isTimed else { return "" }
        return "; neighbours in the file are alike, so its order is taken for time: where several "
            + "devices take turns, give each row its `device`; if the order means nothing, shuffle "
            + "the rows or say --independent"
    }

    private func possibleBound(at index: Int) -> Double? {
        let upper = walk.steps[index].upper(certainty: request.certainty)
        return upper < 1 ? upper : nil
    }

    /// The first threshold that, on the rows that do not test, escalates few enough.
    private func indexForEscalation() -> Int {
        let most = request.escalation ?? 1
        let all = Double(partition.calibration.count + partition.tuning.count)
        return walk.chosenFrom.firstIndex { 1 - $0.kept / max(1, all) <= most }
            ?? walk.steps.count - 1
    }

    private func refusal(_ bound: Double) -> TuneRefusal {
        let clearest = walk.clearest(certainty: request.certainty)
        let step = walk.steps[clearest]
        let rows = walk.rowsNeeded(bound: bound, certainty: request.certainty)
        let possible = possibleBound(at: clearest)
        let kept = Percent.of(Double(step.kept) / Double(max(1, partition.test.count)))
        var message =
            "of the surest \(kept) of the test rows, \(step.disagreements) of \(step.kept) disagree"
        if step.designEffect > 1 { message += " (worth \(Int(step.effectiveKept)) rows)" }
        message += "; that does not show \(Percent.of(bound)) at "
        message += "\(Percent.of(request.certainty)) certainty"
        let bounds =
            (possible.map { ", or ask for \(Percent.of($0, up: true))" } ?? "") + orderHint
        guard let rows else {
            return TuneRefusal(
                .notShown,
                message,
                advice: "no number of such rows will do: even the surest disagree more often; "
                    + "improve the model" + bounds,
                possibleBound: possible
            )
        }
        return TuneRefusal(
            .notShown,
            message,
            advice: "about \(max(rows, samples.count + 1)) rows would do" + bounds,
            rowsNeeded: max(rows, samples.count + 1),
            possibleBound: possible
        )
    }

    private func conflict(_ bound: Double, most: Double, share: Double) -> TuneRefusal {
        let index = indexForEscalation()
        let possible = possibleBound(at: index)
        let shown = possible.map { Percent.of($0, up: true) } ?? "no bound"
        return TuneRefusal(
            .conflict,
            "\(Percent.of(bound)) disagreement takes \(Percent.of(share)) escalated, "
                + "more than the \(Percent.of(most)) allowed",
            advice: "escalating \(Percent.of(most)) these rows show \(shown); "
                + "allow one or the other",
            possibleBound: possible
        )
    }

    private func outcome(at index: Int) -> Tuning {
        let step = walk.steps[index]
        let upper = step.upper(certainty: request.certainty)
        let test = partition.test.map { samples[$0] }
        let tested = partition.test.map { confidences[$0] }
        let kept = zip(test, tested).filter { $0.1 >= step.threshold }.map(\.0)
        return Tuning(
            threshold: step.threshold,
            calibration: calibration,
            samples: samples.count,
            parts: Tuning.Parts(partition),
            dependence: Tuning.Dependence(streams),
            designEffect: step.designEffect,
            kept: step.kept,
            disagreements: step.disagreements,
            upper: upper,
            bound: request.disagreement ?? upper,
            certainty: request.certainty,
            keptAccuracy: Self.accuracy(kept),
            maps: fit.losses.map { Tuning.Comparison(name: $0.name, loss: $0.loss) },
            scores: choice.areas,
            tradeOff: TradeOff(test, confidences: tested, threshold: step.threshold)
        )
    }

    static func accuracy(_ kept: [Sample]) -> Double? {
        guard !kept.isEmpty, kept.allSatisfy({ $0.truth != nil }) else { return nil }
        return Double(kept.count { $0.truth == $0.edgeLabel }) / Double(kept.count)
    }
}

extension Tuning.Parts {
    init(_ partition: Partition) {
        self.init(
            calibration: partition.calibration.count,
            tuning: partition.tuning.count,
            test: partition.test.count,
            setAside: partition.setAside
        )
    }
}

extension Tuning.Dependence {
    init(_ streams: Streams) {
        let correlation = (streams.neighbourCorrelation * 100).rounded() / 100
        let order = streams.isTimed ? "in time" : "in the file"
        var length: Int? = 1
        switch streams.basis {
        case .declared:
            length = nil
            words = "\(streams.blocks.count) blocks as declared, each counted as one row"
        case .found(let rows):
            length = rows
            words =
                "neighbours \(order) are alike (correlation \(correlation)): "
                + "blocks of \(rows) rows"
        case .independent where streams.isTimed:
            words = "neighbours in time are not alike: each row is a block; the newest test"
        case .independent:
            words =
                "no device or time given and neighbours in the file are not alike: "
                + "rows are taken as exchangeable and dealt out by a hash of their id"
        }
        blockLength = length
        blocks = streams.blocks.count
        neighbourCorrelation = streams.neighbourCorrelation
    }
}
