// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Vocabulary

@Suite
struct CalibrationTests {
    private let values = [0.7, 0.2, 0.1]

    @Test(arguments: [(Calibration.Score.max, 0.7), (.margin, 0.5), (.entropy, 0.270_153)])
    func `takes the plain scores`(score: Calibration.Score, expected: Double) {
        let confidence = Calibration(score: score).confidence(of: values)
        #expect(abs(confidence - expected) < 1e-6)
    }

    @Test func `softens and sharpens by the temperature`() {
        // sqrt(p) and p squared, divided by their sums.
        let soft = Calibration(map: .temperature(2)).confidence(of: values)
        let sharp = Calibration(map: .temperature(0.5)).confidence(of: values)
        #expect(abs(soft - 0.522_879) < 1e-6)
        #expect(abs(sharp - 0.907_407) < 1e-6)
    }

    @Test func `keeps a zero and an impossible temperature harmless`() {
        #expect(Calibration(map: .temperature(0.01)).confidence(of: [1, 0]) == 1)
        #expect(Calibration(map: .temperature(0)).confidence(of: values) == 0.7)
        #expect(Calibration(map: .temperature(-1)).confidence(of: values) == 0.7)
        #expect(Calibration.softened([0, 0], temperature: 2) == [0, 0])
    }

    @Test func `follows a rising curve between its knots`() throws {
        let curve = try #require(RisingCurve(arguments: [0.5, 0.9], values: [0.2, 1]))
        let calibration = Calibration(map: .isotonic(curve))
        #expect(abs(calibration.confidence(of: [0.7, 0.3]) - 0.6) < 1e-12)
        #expect(calibration.confidence(of: [0.95, 0.05]) == 1)
        #expect(curve.value(at: 0.1) == 0.2)
        #expect(curve.value(at: 0.5) == 0.2)
    }

    @Test func `refuses a curve that falls, repeats an argument or leaves the range`() {
        #expect(RisingCurve(arguments: [0.1, 0.2], values: [0.5, 0.4]) == nil)
        #expect(RisingCurve(arguments: [0.1, 0.1], values: [0.4, 0.5]) == nil)
        #expect(RisingCurve(arguments: [0.1], values: [1.5]) == nil)
        #expect(RisingCurve(arguments: [], values: []) == nil)
        #expect(RisingCurve(arguments: [.nan], values: [0.5]) == nil)
    }

    @Test func `weighs each feature of the learned score`() {
        let model = Calibration.Learned(
            bias: 1,
            max: 2,
            margin: 3,
            entropy: 0,
            surprise: 0,
            labels: [0.5, 0, 0],
            probabilities: [0, 10, 0]
        )
        #expect(abs(model.disagreementLogit(of: values) - (1 + 1.4 + 1.5 + 0.5 + 2)) < 1e-12)
        let confidence = Calibration(score: .learned(model)).confidence(of: values)
        #expect(abs(confidence - 0.001_659) < 1e-6)
    }

    @Test func `counts nothing as sure without usable probabilities`() {
        #expect(Calibration().confidence(of: []) == 0)
        #expect(Calibration().confidence(of: [.nan, 0.5]) == 0)
        #expect(Calibration().confidence(of: [0.83]) == 0.83)
    }
}
