// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// One tuning to a bound on the expected cost of a reading, with two thresholds.
///
/// An alarm probability at most `low` is ignored, one at least `high` is acted upon, and between them
/// the cloud is asked. The pairs tested are the best ones by cost: for a rising price λ, whatever is
/// expected to cost at most λ when decided here is. They are tested in that order by betting on the
/// cost of each block in turn (Waudby-Smith and Ramdas 2024), beginning where the other parts foresee
/// the best chance.
struct RiskTuning {
    private struct Pair: Equatable {
        var low: Double
        var high: Double
    }

    private let samples: [Sample]
    private let streams: Streams
    private let partition: Partition
    private let request: TuneRequest
    private let alarms: [Double]
    private let costs: TuneRequest.Costs
    private let limit: Double

    init(
        _ samples: [Sample],
        _ streams: Streams,
        _ partition: Partition,
        _ request: TuneRequest
    ) throws(TuneRefusal) {
        guard let limit = request.risk, let costs = request.costs, limit > 0, costs.miss > 0,
            costs.falseAlarm > 0, costs.escalation >= 0, !costs.alarm.isEmpty
        else {
            throw TuneRefusal(
                .request,
                "a bound on risk needs costs above 0 and at least one alarm label",
                advice: "give `costs: { alarm: […], miss: …, false_alarm: …, escalation: … }`"
            )
        }
        let labels = samples.map(\.edge.count).max() ?? 0
        guard costs.alarm.allSatisfy({ $0 >= 0 && (labels < 2 || $0 < labels) }) else {
            throw TuneRefusal(
                .request,
                "an alarm is none of the \(labels) labels",
                advice: "labels are counted from 0"
            )
        }
        self.samples = samples
        self.streams = streams
        self.partition = partition
        self.request = request
        self.costs = costs
        self.limit = limit
        alarms = samples.map { AlarmProbability.of($0.edge, alarm: costs.alarm) }
    }

    func tuning() throws(TuneRefusal) -> Tuning {
        let worst = max(costs.miss, costs.falseAlarm, costs.escalation)
        guard limit < worst else {
            throw TuneRefusal(
                .request,
                "a risk of \(limit) is no bound: nothing costs more than \(worst)",
                advice: "ask for less"
            )
        }
        let choice = partition.calibration + partition.tuning
        let pairs = pairs(choice)
        let foreseen = pairs.map { BoundedMean.betting(units(choice, $0), limit: limit / worst) }
        let start = foreseen.indices.min { foreseen[$0] < foreseen[$1] } ?? 0
        var passed: Int?
        for index in start..<pairs.count {
            let units = units(partition.test, pairs[index])
            guard BoundedMean.betting(units, limit: limit / worst) <= 1 - request.certainty else {
                break
            }
            passed = index
        }
        guard let passed else { throw refusal(pairs[start], worst: worst) }
        let tuning = outcome(pairs[passed])
        if let most = request.escalation, 1 - tuning.keptShare > most {
            throw TuneRefusal(
                .conflict,
                "a risk of \(limit) takes \(Percent.of(1 - tuning.keptShare)) escalated, more than "
                    + "the \(Percent.of(most)) allowed",
                advice: "allow one or the other"
            )
        }
        return tuning
    }

    /// Pairs of thresholds, from the one that decides least here to the one that decides everything.
    private func pairs(_ choice: [Int]) -> [Pair] {
        let points = choice.map {
            IsotonicRegression.Point(
                argument: alarms[$0],
                value: costs.alarm.contains(samples[$0].reference) ? 1 : 0
            )
        }
        guard let curve = IsotonicRegression.curve(points) else { return [] }
        let ordered = Set(choice.map { alarms[$0] }).sorted()
        let chances = ordered.map { curve.value(at: $0) }
        let prices = zip(ordered, chances).map { min(costs.miss * $1, costs.falseAlarm * (1 - $1)) }
        let ranked = prices.sorted()
        let step = max(0.01, 5 / Double(max(1, ranked.count)))
        var pairs: [Pair] = []
        var share = step
        while share < 1 + step {
            let price = ranked[min(ranked.count - 1, Int(share * Double(ranked.count)))]
            var pair = Pair(low: -1, high: 2)
            for (place, chance) in chances.enumerated() where prices[place] <= price {
                if costs.miss * chance <= costs.falseAlarm * (1 - chance) {
                    let next = place + 1 < ordered.count ? ordered[place + 1] : 1
                    pair.low = max(pair.low, Grid.short(above: ordered[place], upTo: next))
                } else {
                    let before = place > 0 ? ordered[place - 1] : 0
                    let high = Grid.short(above: before, upTo: ordered[place])
                    pair.high = min(pair.high, high)
                }
            }
            if pair.low >= pair.high { pair.low = pair.high }
            if pairs.last != pair { pairs.append(pair) }
            share += step
        }
        return pairs
    }

    private func cost(_ index: Int, _ pair: Pair) -> Double {
        let isAlarm = costs.alarm.contains(samples[index].reference)
        if alarms[index] <= pair.low { return isAlarm ? costs.miss : 0 }
        if alarms[index] >= pair.high { return isAlarm ? 0 : costs.falseAlarm }
        return costs.escalation
    }

    /// The cost of each block as a share of the worst, filled up to one size with the limit itself.
    private func units(_ part: [Int], _ pair: Pair) -> [Double] {
        let worst = max(costs.miss, costs.falseAlarm, costs.escalation)
        let members = Set(part)
        let blocks = streams.blocks.map { $0.filter(members.contains) }.filter { !$0.isEmpty }
        let size = Double(blocks.map(\.count).max() ?? 1)
        return blocks.map { block in
            let sum = block.reduce(0.0) { $0 + cost($1, pair) } / worst
            return (sum + limit / worst * (size - Double(block.count))) / size
        }
    }

    private func refusal(_ pair: Pair, worst: Double) -> TuneRefusal {
        let units = units(partition.test, pair)
        let mean =
            partition.test.reduce(0.0) { $0 + cost($1, pair) }
            / Double(max(1, partition.test.count))
        var low = limit
        var high = worst
        for _ in 0..<40 {
            let middle = (low + high) / 2
            if BoundedMean.betting(units, limit: middle / worst) <= 1 - request.certainty {
                high = middle
            } else {
                low = middle
            }
        }
        let blocks = Double(max(1, streams.blocks.count))
        let fewest = Binomial.fewestTrials(rate: limit / worst, certainty: request.certainty)
        let testShare = 1 - Partition.calibrationShare - Partition.tuningShare
        let rows = min(1e15, Double(fewest) * Double(samples.count) / blocks / testShare)
        let shown = (high * 1e4).rounded(.up) / 1e4
        return TuneRefusal(
            .notShown,
            "the test rows cost \((mean * 1e4).rounded() / 1e4) each, which does not show a risk of "
                + "at most \(limit) at \(Percent.of(request.certainty)) certainty",
            advice: "\(Int(rows)) rows would do if none cost more than it must; these show "
                + "\(shown)",
            rowsNeeded: Int(rows),
            possibleBound: shown
        )
    }

    private func outcome(_ pair: Pair) -> Tuning {
        let test = partition.test
        let keptPart = test.filter { alarms[$0] <= pair.low || alarms[$0] >= pair.high }
        let kept = keptPart.map { samples[$0] }
        let disagreements = kept.count { sample in
            let acted = AlarmProbability.of(sample.edge, alarm: costs.alarm) >= pair.high
            return acted != costs.alarm.contains(sample.reference)
        }
        let effect = Double(samples.count) / Double(max(1, streams.blocks.count))
        // The less an answer here is expected to cost, the surer it is.
        let sureness = test.map { alarms[$0] <= pair.low || alarms[$0] >= pair.high ? 1.0 : 0.0 }
        return Tuning(
            threshold: 1,
            low: pair.low,
            high: pair.high,
            calibration: Calibration(),
            samples: samples.count,
            parts: Tuning.Parts(partition),
            dependence: Tuning.Dependence(streams),
            designEffect: effect,
            kept: kept.count,
            disagreements: disagreements,
            upper: Binomial.upper(
                hits: Double(disagreements) / effect,
                trials: Double(kept.count) / effect,
                certainty: request.certainty
            ),
            bound: limit,
            risk: test.reduce(0.0) { $0 + cost($1, pair) } / Double(max(1, test.count)),
            certainty: request.certainty,
            keptAccuracy: Study.accuracy(kept),
            maps: [],
            scores: [],
            tradeOff: TradeOff(test.map { samples[$0] }, confidences: sureness, threshold: 1)
        )
    }
}

/// The probability that a reading is an alarm.
public enum AlarmProbability {
    /// The sum of the alarm labels' probabilities, at most 1.
    public static func of(_ probabilities: [Double], alarm: Set<Int>) -> Double {
        var sum = 0.0
        for index in probabilities.indices where alarm.contains(index) {
            sum += probabilities[index]
        }
        return min(1, sum)
    }
}
