// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Tune

@Suite
struct CalibrationFitTests {
    @Test func `pools adjacent violators as scikit-learn does`() {
        let values = [0.0, 1, 0, 0, 1, 1, 0, 1]
        let points = values.enumerated().map { index, value in
            IsotonicRegression.Point(argument: Double(index + 1) / 10, value: value)
        }
        let fitted = IsotonicRegression.pools(points).flatMap { pool in
            Array(repeating: pool.value, count: Int(pool.count))
        }
        let expected =
            [0.0] + Array(repeating: 1.0 / 3, count: 3)
            + Array(repeating: 2.0 / 3, count: 3) + [1]
        for (ours, theirs) in zip(fitted, expected) { #expect(abs(ours - theirs) < 1e-12) }
    }

    @Test func `the curve keeps the order of scores, ends and all`() throws {
        var random = TestStream(state: 8)
        let points = (0..<200).map { _ in
            let argument = random.uniform()
            return IsotonicRegression.Point(
                argument: argument,
                value: random.uniform() < argument ? 1 : 0
            )
        }
        let curve = try #require(IsotonicRegression.curve(points))
        let values = (0...1_000).map { curve.value(at: Double($0) / 1_000) }
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
        #expect(values[0] > 0 && values[1_000] < 1)
    }

    /// Rows whose true rate of agreement is the square of the stated confidence's odds.
    private func overconfident(_ count: Int) -> [Sample] {
        var random = TestStream(state: 9)
        return (0..<count).map { index in
            let truth = 0.5 + 0.5 * random.uniform()
            let odds = (truth / (1 - truth + 1e-12))
            let stated = odds * odds / (1 + odds * odds)
            let agrees = random.uniform() < truth
            return Sample(id: "\(index)", edge: [stated, 1 - stated], reference: agrees ? 0 : 1)
        }
    }

    @Test func `finds the temperature that undoes overconfidence`() {
        guard
            case .temperature(let temperature) = CalibrationFit.temperature(
                score: .max,
                samples: overconfident(20_000)
            )
        else {
            Issue.record("no temperature")
            return
        }
        #expect(abs(temperature - 2) < 0.1)
    }

    @Test func `chooses the map of least held-out loss`() {
        let fit = CalibrationFit(score: .max, samples: overconfident(5_000))
        #expect(fit.losses.map(\.name) == ["identity", "temperature", "isotonic"])
        let identity = fit.losses[0].loss
        #expect(fit.losses[1].loss < identity)
        #expect(fit.map.name != "identity")
    }

    @Test func `leaves few rows as they are`() {
        let fit = CalibrationFit(score: .max, samples: overconfident(10))
        #expect(fit.map == .identity)
        #expect(fit.losses.isEmpty)
    }

    @Test func `the learned score finds weights that were put there`() throws {
        var random = TestStream(state: 10)
        let samples = (0..<20_000).map { index in
            let label = Int(random.next() % 3)
            let edge = Scene.edge(0.4 + 0.6 * random.uniform(), label)
            let logit = 4.0 - 8 * (edge.max() ?? 0) + (label == 1 ? 2 : 0)
            let differs = random.uniform() < SpecialFunctions.logistic(logit)
            return Sample(id: "\(index)", edge: edge, reference: differs ? (label + 1) % 3 : label)
        }
        let model = try #require(DeferralFit.fit(samples))
        var worst = 0.0
        for label in 0..<3 {
            for confidence in [0.45, 0.6, 0.8, 0.95] {
                let edge = Scene.edge(confidence, label)
                let truth = 4.0 - 8 * confidence + (label == 1 ? 2 : 0)
                worst = max(worst, abs(model.disagreementLogit(of: edge) - truth))
            }
        }
        #expect(worst < 0.5)
    }

    @Test func `there is nothing to learn from rows that all agree`() {
        let samples = (0..<200).map {
            Sample(id: "\($0)", edge: Scene.edge(0.5 + Double($0) / 500, 0), reference: 0)
        }
        #expect(DeferralFit.fit(samples) == nil)
    }

    @Test func `short numbers lie between their neighbours`() {
        #expect(Grid.short(above: 0.5, upTo: 0.6) == 0.55)
        let tight = Grid.short(above: 0.999_999_991, upTo: 0.999_999_992)
        #expect(tight > 0.999_999_991 && tight <= 0.999_999_992)
    }
}
