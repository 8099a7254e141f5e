// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Tune

@Suite struct DetectorFitTests {
    /// A detector's rows: a nine more makes an unusual reading ten times as likely, from 1 in 1000.
    private func rows(_ count: Int, seed: UInt64 = 5) -> [Sample] {
        var random = TestStream(state: seed)
        return (0..<count).map { index in
            let nines = 6 * random.uniform()
            let score = 1 - SpecialFunctions.exp(-nines * 2.302585)
            let odds = SpecialFunctions.exp((nines - 3) * 2.302585)
            return Sample(
                id: "\(index)",
                edge: [score],
                edgeLabel: score >= 0.9992 ? 1 : 0,
                reference: random.uniform() < odds / (1 + odds) ? 1 : 0
            )
        }
    }

    @Test func `finds how likely an unusual reading is at each score`() throws {
        let samples = rows(4_000)
        guard case .logistic(let bias, let slope) = DetectorFit.logistic(samples) else {
            Issue.record("no logistic")
            return
        }
        #expect(abs(slope - 2.3026) < 0.15 && abs(bias + 6.9) < 0.5)
        let fitting = try Tuner.fit(samples, method: .auto)
        #expect(fitting.maps.map(\.name) == ["logistic", "isotonic"])
        #expect(fitting.calibration.score.name == "anomaly")
        // Confidence held: of what it says, the share that is so.
        for band in fitting.bands where band.rows > 200 {
            #expect(abs(band.said - band.held) < 0.06, "\(band)")
        }
        #expect(fitting.bands.map(\.rows).reduce(0, +) == 4_000)
    }

    @Test
    func `keeps the order of scores, from usual to unusual, and falls and rises in confidence`() {
        for map in [DetectorFit.logistic(rows(500)), DetectorFit.isotonic(rows(500))] {
            let calibration = Calibration(score: .anomaly(threshold: 0.999), map: map)
            let usual = [0, 0.5, 0.9, 0.99, 0.998].map { calibration.confidence(of: [$0]) }
            #expect(zip(usual, usual.dropFirst()).allSatisfy { $0 >= $1 }, "\(usual)")
            let odd = [0.999, 0.9999, 0.99999, 1].map { calibration.confidence(of: [$0]) }
            #expect(zip(odd, odd.dropFirst()).allSatisfy { $0 <= $1 }, "\(odd)")
            #expect((usual + odd).allSatisfy { $0 > 0 && $0 < 1 })
        }
    }

    @Test func `a score that foretells nothing is worth the plain share`() {
        let samples = (0..<40).map { index in
            Sample(id: "\(index)", edge: [index % 2 == 0 ? 0.9999 : 0.1], reference: index % 4 / 3)
        }
        guard case .logistic(let bias, let slope) = DetectorFit.logistic(samples) else { return }
        #expect(slope == 0 && bias < 0)
    }

    @Test func `is refused with too few of either kind`() {
        let usual = (0..<60).map {
            Sample(id: "\($0)", edge: [Double($0) / 100], edgeLabel: 0, reference: 0)
        }
        let odd = Sample(id: "odd", edge: [0.9999], edgeLabel: 1, reference: 1)
        #expect(throws: TuneRefusal.self) { try Tuner.fit(usual, method: .auto) }
        do {
            _ = try Tuner.fit(usual + [odd], method: .auto)
            Issue.record("one unusual row was enough")
        } catch {
            #expect(error.reason == .tooFew && error.message.contains("1 usual"), "\(error)")
        }
        #expect(throws: Never.self) {
            var second = odd
            second.id = "second"
            _ = try Tuner.fit(usual + [odd, second], method: .auto)
        }
    }

    @Test func `a threshold is tuned on it to a bound as on probabilities`() throws {
        let tuning = try Tuner.tune(rows(8_000), to: TuneRequest(disagreement: 0.05))
        #expect(tuning.calibration.score.name == "anomaly")
        #expect(tuning.upper <= 0.05 && tuning.kept > 1_000)
        #expect(tuning.threshold > 0.5)
    }

    @Test func `probabilities are fitted alone as well`() throws {
        var random = TestStream(state: 3)
        let samples = (0..<600).map { index in
            let stated = 0.5 + 0.5 * random.uniform()
            let agrees = random.uniform() < stated * stated
            return Sample(id: "\(index)", edge: [stated, 1 - stated], reference: agrees ? 0 : 1)
        }
        let fitting = try Tuner.fit(samples, method: .max)
        #expect(fitting.calibration.score == .max)
        #expect(fitting.maps.map(\.name) == ["identity", "temperature", "isotonic"])
    }
}
