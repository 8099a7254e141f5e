// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Tune

@Suite
struct RefusalTests {
    private func refusal(_ samples: [Sample], _ request: TuneRequest) -> TuneRefusal? {
        do throws(TuneRefusal) {
            _ = try Tuner.tune(samples, to: request)
            return nil
        } catch {
            return error
        }
    }

    private let usual = TuneRequest(disagreement: 0.02)

    @Test func `refuses no rows`() {
        #expect(refusal([], usual)?.reason == .empty)
    }

    @Test func `refuses a reference that knows one label only`() {
        let samples = (0..<500).map {
            Sample(
                id: "\($0)",
                edge: [0.5 + Double($0) / 1_001, 0.5 - Double($0) / 1_001],
                reference: 0
            )
        }
        #expect(refusal(samples, usual)?.reason == .oneClass)
    }

    @Test func `refuses equal confidences`() {
        let samples = (0..<500).map { index in
            Sample(id: "\(index)", edge: index % 2 == 0 ? [1, 0] : [0, 1], reference: index % 2)
        }
        #expect(refusal(samples, usual)?.reason == .equalConfidences)
    }

    @Test func `refuses bounds that no number of rows shows, without a crash`() {
        var scene = Scene(seed: 1)
        let samples = scene.independent(200)
        for bound in [1e-20, 1e-300] {
            #expect(refusal(samples, TuneRequest(disagreement: bound)) != nil)
            let costs = TuneRequest.Costs(alarm: [2], miss: 1e308, falseAlarm: 1, escalation: 1)
            #expect(refusal(samples, TuneRequest(risk: bound, costs: costs)) != nil)
        }
    }

    @Test func `refuses alarms that are no labels`() {
        var scene = Scene(seed: 1)
        let samples = scene.independent(200)
        for alarm in [-1, 3] {
            let costs = TuneRequest.Costs(alarm: [alarm], miss: 9, falseAlarm: 1, escalation: 1)
            let refused = refusal(samples, TuneRequest(risk: 2, costs: costs))
            #expect(refused?.reason == .request)
        }
    }

    @Test func `refuses blocks by time for rows without it`() {
        var scene = Scene(seed: 1)
        let request = TuneRequest(disagreement: 0.1, window: .seconds(60))
        #expect(refusal(scene.independent(200), request)?.reason == .request)
    }

    @Test func `refuses too few rows and says how many would do`() throws {
        var scene = Scene(seed: 1)
        scene.risk = { _ in 0 }
        let few = try #require(refusal(scene.independent(150), usual))
        #expect(few.reason == .tooFew)
        let needed = try #require(few.rowsNeeded)
        #expect(needed >= 213)
        // And as many do, when none of them disagrees.
        #expect(refusal(scene.independent(needed + 20), usual) == nil)
    }

    @Test func `refuses what no threshold reaches, without a number of rows`() throws {
        var scene = Scene(seed: 2)
        scene.risk = { _ in 0.2 }
        let refused = try #require(refusal(scene.independent(3_000), usual))
        #expect(refused.reason == .notShown)
        #expect(refused.rowsNeeded == nil)
        #expect(try #require(refused.possibleBound) > 0.1)
    }

    @Test func `says how many rows show a bound that these nearly show`() throws {
        var scene = Scene(seed: 3)
        scene.risk = { _ in 0.01 }
        let refused = try #require(refusal(scene.independent(400), usual))
        let needed = try #require(refused.rowsNeeded)
        #expect(needed > 400 && needed < 100_000)
    }

    @Test func `refuses two bounds that cannot both hold, with the one that could`() throws {
        var scene = Scene(seed: 4)
        let request = TuneRequest(disagreement: 0.05, escalation: 0.01)
        let refused = try #require(refusal(scene.independent(3_000), request))
        #expect(refused.reason == .conflict)
        #expect(try #require(refused.possibleBound) > 0.05)
        let loose = TuneRequest(disagreement: 0.05, escalation: 0.6)
        #expect(refusal(scene.independent(3_000), loose) == nil)
    }

    @Test func `refuses a share to escalate of which the rows show nothing`() throws {
        var scene = Scene(seed: 6)
        let request = TuneRequest(escalation: 0.1)
        #expect(refusal(Array(scene.independent(400).prefix(4)), request)?.reason == .tooFew)
        #expect(refusal(scene.independent(400), request) == nil)
    }

    @Test(
        arguments: [
            TuneRequest(), TuneRequest(disagreement: 0), TuneRequest(disagreement: 1),
            TuneRequest(disagreement: 0.02, certainty: 1),
            TuneRequest(disagreement: 0.02, certainty: 0.3),
            TuneRequest(disagreement: 0.02, risk: 1), TuneRequest(risk: 1),
            TuneRequest(escalation: 2),
        ]
    )
    func `refuses requests that make no sense`(request: TuneRequest) {
        var scene = Scene(seed: 5)
        #expect(refusal(scene.independent(500), request)?.reason == .request)
    }

    // MARK: - Costs

    private let costs = TuneRequest.Costs(alarm: [2], miss: 10, falseAlarm: 1, escalation: 0.1)

    @Test func `bounds the expected cost in at least 95 of 100 samples`() throws {
        var broken = 0
        var kept = 0.0
        for seed in 0..<12 {
            var scene = Scene(seed: UInt64(seed) &+ 300)
            let samples = scene.independent(3_000)
            let request = TuneRequest(risk: 0.4, costs: costs)
            let tuning = try Tuner.tune(samples, to: request)
            let low = try #require(tuning.low)
            let high = try #require(tuning.high)
            #expect(low <= high)
            var other = Scene(seed: UInt64(seed) &+ 90_000)
            let fresh = other.independent(20_000)
            let sum = fresh.reduce(0.0) { sum, sample in
                let alarm = sample.edge[2]
                let isAlarm = sample.reference == 2
                if alarm <= low { return sum + (isAlarm ? 10 : 0) }
                if alarm >= high { return sum + (isAlarm ? 0 : 1) }
                return sum + 0.1
            }
            if sum / 20_000 > 0.4 { broken += 1 }
            kept += tuning.keptShare
        }
        #expect(broken <= 1)
        #expect(kept / 12 > 0.3)
    }

    @Test func `refuses a risk that cannot be had, or is none`() {
        var scene = Scene(seed: 6)
        let samples = scene.independent(1_000)
        #expect(refusal(samples, TuneRequest(risk: 0.001, costs: costs))?.reason == .notShown)
        #expect(refusal(samples, TuneRequest(risk: 10, costs: costs))?.reason == .request)
    }
}
