// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Escalate

/// The way of a question through its endpoints, driven by hand.
@Suite struct TiersTests {
    private func failure(
        _ kind: EscalationFailure.Kind,
        _ endpoint: String,
        again: Bool = false,
        repeatable: Bool = true,
        wait: Interval? = nil
    ) -> EscalationFailure {
        var failure = EscalationFailure(
            kind,
            "x",
            endpoint: endpoint,
            isRepeatable: repeatable,
            retryAfter: wait
        )
        failure.mayBeTriedAgain = again
        return failure
    }

    private func verdict(_ label: String) -> Result<Verdict, EscalationFailure> {
        .success(
            Verdict(
                label: label,
                confidence: 1,
                endpoint: label,
                model: ModelReference(name: "m", version: "1"),
                latency: .zero
            )
        )
    }

    private func words(_ actions: [Tiers.Action]) -> [String] {
        func word(_ result: Result<Verdict, EscalationFailure>) -> String {
            switch result {
            case .success(let verdict): verdict.label
            case .failure(let failure):
                "\(failure.kind.rawValue) of \(failure.endpoint ?? "nobody")"
            }
        }
        return actions.map { action in
            switch action {
            case .ask(let tier, let owns, let again):
                "ask \(tier)\(owns ? " to the end" : "")\(again ? " again" : "")"
            case .withdraw(let tier): "withdraw \(tier)"
            case .answer(let result): "answer \(word(result))"
            case .late(let result): "late \(word(result))"
            }
        }
    }

    private func says(_ actions: [Tiers.Action], _ expected: [String]) {
        #expect(words(actions) == expected)
    }

    private func silent(_ actions: [Tiers.Action]) {
        #expect(actions.isEmpty)
    }

    @Test func `one endpoint owns its retries, and its word is the answer`() {
        var tiers = Tiers(count: 1)
        says(tiers.begin(), ["ask 0 to the end"])
        says(tiers.heard(0, verdict("a")), ["answer a"])
        #expect(tiers.isOver)
        silent(tiers.heard(0, verdict("b")))
    }

    @Test func `nobody to ask is an answer too`() {
        var tiers = Tiers(count: 0)
        says(tiers.begin(), ["answer unavailable of nobody"])
    }

    @Test func `goes on to the next after a refusal and after a failure`() {
        var tiers = Tiers(count: 3)
        says(tiers.begin(), ["ask 0"])
        says(tiers.refused(0, failure(.unavailable, "a")), ["ask 1"])
        let failed = tiers.heard(1, .failure(failure(.unavailable, "b")))
        #expect(words(failed) == ["ask 2 to the end"])
        says(tiers.heard(2, verdict("c")), ["answer c"])
    }

    @Test func `the first reason is the answer, with the shortest wait`() {
        var tiers = Tiers(count: 2)
        _ = tiers.begin()
        _ = tiers.refused(0, failure(.unavailable, "a", wait: .seconds(900)))
        let actions = tiers.refused(1, failure(.unavailable, "b"))
        #expect(words(actions) == ["answer unavailable of a"])
        guard case .answer(.failure(let failure)) = actions[0] else { return }
        #expect(failure.retryAfter == .zero)
    }

    @Test func `the first that failed is asked again when nobody else takes it`() {
        var tiers = Tiers(count: 2)
        _ = tiers.begin()
        _ = tiers.heard(0, .failure(failure(.unavailable, "a", again: true)))
        let refused = tiers.refused(1, failure(.unavailable, "b"))
        #expect(words(refused) == ["ask 0 to the end again"])
        let failed = tiers.heard(0, .failure(failure(.unavailable, "a", again: true)))
        #expect(words(failed) == ["answer unavailable of a"])
    }

    @Test func `a question is to blame only where every endpoint says so (G1)`() {
        var tiers = Tiers(count: 2)
        _ = tiers.begin()
        let first = tiers.heard(0, .failure(failure(.refused, "a", repeatable: false)))
        says(first, ["ask 1 to the end"])
        let last = tiers.heard(1, .failure(failure(.refused, "b", repeatable: false)))
        says(last, ["answer refused of a"])
        guard case .answer(.failure(let word)) = last[0] else { return }
        #expect(!word.isRepeatable)
    }

    @Test func `a refusal does not outweigh that another endpoint is away (G1)`() {
        for isAwayFirst in [true, false] {
            var tiers = Tiers(count: 2)
            _ = tiers.begin()
            let away = failure(.unavailable, "away")
            let refusal = failure(.refused, "refuser", repeatable: false)
            _ = tiers.heard(0, .failure(isAwayFirst ? away : refusal))
            let last = tiers.heard(1, .failure(isAwayFirst ? refusal : away))
            says(last, ["answer unavailable of away"])
        }
    }

    @Test func `a refusal is not the last word while another endpoint was not asked`() {
        var tiers = Tiers(count: 2)
        _ = tiers.begin()
        _ = tiers.heard(0, .failure(failure(.deadline, "a")))
        let last = tiers.heard(0, .failure(failure(.refused, "a", repeatable: false)))
        says(last, ["late refused of a"])
        guard case .late(.failure(let word)) = last[0] else { return }
        #expect(word.isRepeatable)
    }

    @Test func `a garbled answer is passed on`() {
        var tiers = Tiers(count: 2)
        _ = tiers.begin()
        let garbled = failure(.refused, "a", again: true)
        says(tiers.heard(0, .failure(garbled)), ["ask 1 to the end"])
    }

    @Test func `a slow endpoint gets company, and whoever is first wins`() {
        var tiers = Tiers(count: 2)
        _ = tiers.begin()
        says(tiers.becameImpatient(with: 0), ["ask 1"])
        silent(tiers.becameImpatient(with: 0))
        says(tiers.heard(1, verdict("b")), ["answer b", "withdraw 0"])
        silent(tiers.heard(0, verdict("a")))
    }

    @Test func `says deadline once, then the first late answer, and tells the other to leave it`() {
        var tiers = Tiers(count: 2)
        _ = tiers.begin()
        _ = tiers.becameImpatient(with: 0)
        let passed = tiers.heard(0, .failure(failure(.deadline, "a")))
        #expect(words(passed) == ["answer deadline of a"])
        silent(tiers.heard(1, .failure(failure(.deadline, "b"))))
        says(tiers.heard(1, verdict("b")), ["late b", "withdraw 0"])
    }

    @Test func `asks nobody new after the deadline; the last failure is the late word`() {
        var tiers = Tiers(count: 3)
        _ = tiers.begin()
        _ = tiers.becameImpatient(with: 0)
        _ = tiers.heard(0, .failure(failure(.deadline, "a")))
        silent(tiers.heard(0, .failure(failure(.unavailable, "a"))))
        let last = tiers.heard(1, .failure(failure(.unavailable, "b")))
        #expect(words(last) == ["late unavailable of a"])
    }

    @Test(arguments: 0..<60)
    func `whatever endpoints do, one answer comes, after a deadline one late word, then silence`(
        seed: UInt64
    ) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let count = Int.random(in: 0...4, using: &random)
            var tiers = Tiers(count: count)
            var (answers, lates) = (0, 0)
            var saidDeadline = false
            // The model of each endpoint: how often it was asked, and whether it owes a word.
            var owes: [Bool] = Array(repeating: false, count: count)
            var asks: [Int] = Array(repeating: 0, count: count)
            var queue = tiers.begin()
            var steps = 0
            while true {
                while !queue.isEmpty {
                    switch queue.removeFirst() {
                    case .ask(let tier, _, _):
                        #expect(!owes[tier])
                        asks[tier] += 1
                        if Int.random(in: 0..<4, using: &random) == 0 {
                            queue += tiers.refused(tier, failure(.unavailable, "\(tier)"))
                        } else {
                            owes[tier] = true
                        }
                    case .withdraw(let tier):
                        #expect(owes[tier])
                        owes[tier] = false
                    case .answer(let result):
                        answers += 1
                        if case .failure(let failure) = result, failure.kind == .deadline {
                            saidDeadline = true
                        }
                    case .late: lates += 1
                    }
                }
                let owing = owes.indices.filter { owes[$0] }
                guard let tier = owing.randomElement(using: &random) else { break }
                steps += 1
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<2: queue += tiers.becameImpatient(with: tier)
                case 2..<4: queue += tiers.heard(tier, .failure(failure(.deadline, "\(tier)")))
                case 4..<6:
                    owes[tier] = false
                    queue += tiers.heard(tier, verdict("\(tier)"))
                default:
                    owes[tier] = false
                    let again = Bool.random(using: &random)
                    let failed = failure(.unavailable, "\(tier)", again: again)
                    queue += tiers.heard(tier, .failure(failed))
                }
                #expect(steps < 10_000)
            }
            #expect(answers == 1)
            #expect(lates == (saidDeadline ? 1 : 0))
            #expect(tiers.isOver)
            #expect(asks.allSatisfy { $0 <= 2 })
        }
    }
}
