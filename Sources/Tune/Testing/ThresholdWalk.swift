// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Learn then Test for the rate of disagreement among what is kept.
///
/// After Angelopoulos et al. 2021. A fixed sequence of hypotheses "the rate at this threshold is at least the bound": each is tested at
/// the full level on the test part, and the first that stands ends the walk, so that the chance of
/// refuting a true one is at most 1 − certainty in all. Given how many are kept, disagreements are
/// binomial; both counts are divided by the design effect. The other parts choose where the walk
/// begins: where they foresee the best chance of passing (as in Laufer-Goren et al. 2023).
struct ThresholdWalk {
    /// What the test part says at one threshold.
    struct Step: Equatable {
        var threshold: Double
        var kept: Int
        var disagreements: Int
        var designEffect: Double

        var effectiveKept: Double { Double(kept) / designEffect }

        func tail(bound: Double) -> Double {
            Binomial.tail(
                hits: Double(disagreements) / designEffect,
                trials: effectiveKept,
                rate: bound
            )
        }

        func upper(certainty: Double) -> Double {
            Binomial.upper(
                hits: Double(disagreements) / designEffect,
                trials: effectiveKept,
                certainty: certainty
            )
        }
    }

    let steps: [Step]
    /// How many are kept, and disagree, of the rows that do not test.
    let chosenFrom: [(kept: Double, disagreements: Double)]
    let testCount: Int
    private let choiceCount: Int

    init(
        samples: [Sample],
        confidences: [Double],
        partition: Partition,
        grid: Grid,
        effect: DesignEffect
    ) {
        let choice = partition.calibration + partition.tuning
        testCount = partition.test.count
        choiceCount = choice.count
        func count(_ part: [Int], _ threshold: Double) -> (kept: Int, disagreements: Int) {
            var count = (kept: 0, disagreements: 0)
            for index in part where confidences[index] >= threshold {
                count.kept += 1
                if samples[index].disagrees { count.disagreements += 1 }
            }
            return count
        }
        steps = grid.thresholds.indices.map { index in
            let threshold = grid.thresholds[index]
            let found = count(partition.test, threshold)
            return Step(
                threshold: threshold,
                kept: found.kept,
                disagreements: found.disagreements,
                designEffect: effect.value(at: index)
            )
        }
        chosenFrom = grid.thresholds.map { threshold in
            let found = count(choice, threshold)
            return (Double(found.kept), Double(found.disagreements))
        }
    }

    /// The index the walk begins at, chosen without the test part's labels.
    func start(bound: Double, certainty: Double) -> Int {
        let ratio = Double(testCount) / Double(max(1, choiceCount))
        var best = 0
        var bestChance = -1.0
        for (index, seen) in chosenFrom.enumerated() {
            let effect = steps[index].designEffect
            let trials = (seen.kept * ratio / effect).rounded()
            let most = Binomial.mostHits(trials: trials, rate: bound, certainty: certainty)
            let chance = Binomial.foresight(
                most: most,
                trials: Int(trials),
                hits: seen.disagreements / effect,
                seen: seen.kept / effect
            )
            if chance > bestChance { (best, bestChance) = (index, chance) }
        }
        return best
    }

    /// The index at which the other parts foresee the least bound, whatever was asked for.
    func clearest(certainty: Double) -> Int {
        let ratio = Double(testCount) / Double(max(1, choiceCount))
        let uppers = zip(steps, chosenFrom).map { step, seen in
            Binomial.upper(
                hits: seen.disagreements * ratio / step.designEffect,
                trials: seen.kept * ratio / step.designEffect,
                certainty: certainty
            )
        }
        return uppers.indices.min { uppers[$0] < uppers[$1] } ?? 0
    }

    /// The index of the last threshold that passes, walking down from `start`; nil when that fails.
    func walk(from start: Int, bound: Double, certainty: Double) -> Int? {
        var passed: Int?
        for index in start..<steps.count {
            guard steps[index].tail(bound: bound) <= 1 - certainty else { break }
            passed = index
        }
        return passed
    }

    /// How many rows of all would most likely do, by the rates seen; nil when no number would.
    func rowsNeeded(bound: Double, certainty: Double) -> Int? {
        var fewest: Double?
        for (step, seen) in zip(steps, chosenFrom) {
            let kept = Double(step.kept) + seen.kept
            guard kept > 0 else { continue }
            // Drawn a little upwards: none in forty is not none in a thousand.
            let rate = (Double(step.disagreements) + seen.disagreements + 0.25) / (kept + 0.5)
            guard
                let trials = Binomial.fewestTrials(rate: bound, truth: rate, certainty: certainty)
            else { continue }
            let share = kept / Double(testCount + choiceCount)
            let testShare = 1 - Partition.calibrationShare - Partition.tuningShare
            let rows = Double(trials) * step.designEffect / share / testShare
            fewest = min(fewest ?? rows, rows)
        }
        return fewest.flatMap { $0 < 1e12 ? Int($0.rounded(.up)) : nil }
    }
}
