// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Sync

@Suite struct `Halving a refused batch` {
    /// Runs against a store that refuses whatever holds one of `poison`; how many calls it took.
    private func run(
        _ count: Int,
        poison: Set<Int>,
        streams: [String]? = nil
    ) -> (outcomes: [SinkOutcome], calls: [[Int]]) {
        var bisection = Bisection(streams: streams ?? (0..<count).map { "\($0)" })
        var calls: [[Int]] = []
        while let places = bisection.next() {
            calls.append(places)
            let isRefused = places.contains { poison.contains($0) }
            bisection.take(isRefused ? .refused("no") : .stored, for: places)
        }
        return (bisection.outcomes.map { $0 ?? .held }, calls)
    }

    @Test func `one call stores a batch without fault`() {
        let (outcomes, calls) = run(500, poison: [])
        #expect(calls.count == 1)
        #expect(outcomes.allSatisfy { $0 == .stored })
    }

    @Test(arguments: [0, 1, 249, 250, 499])
    func `finds the one line that is refused in about 2 log n calls`(bad: Int) {
        let (outcomes, calls) = run(500, poison: [bad])
        #expect(calls.count <= 19)
        for (place, outcome) in outcomes.enumerated() {
            #expect(outcome == (place == bad ? .refused("no") : .stored))
        }
    }

    @Test func `holds what is behind a refused line of its stream`() {
        let streams = (0..<8).map { $0 % 2 == 0 ? "even" : "odd" }
        let (outcomes, calls) = run(8, poison: [2], streams: streams)
        #expect(outcomes[0] == .stored)
        #expect(outcomes[2] == .refused("no"))
        #expect(outcomes[4] == .held)
        #expect(outcomes[6] == .held)
        #expect([1, 3, 5, 7].allSatisfy { outcomes[$0] == .stored })
        // What is held was in no call after the refusal.
        let refusal = calls.firstIndex(of: [2]) ?? 0
        #expect(calls[(refusal + 1)...].allSatisfy { !$0.contains(4) && !$0.contains(6) })
    }

    @Test func `sends every stream's lines in their order, whatever is refused`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let count = Int.random(in: 1...40, using: &random)
            let streams = (0..<count).map { _ in "\(Int.random(in: 0...4, using: &random))" }
            let poison = Set((0..<count).filter { _ in Int.random(in: 0..<6, using: &random) == 0 })
            var bisection = Bisection(streams: streams)
            var stored: [Int] = []
            while let places = bisection.next() {
                let isRefused = places.contains { poison.contains($0) }
                if !isRefused { stored += places }
                bisection.take(isRefused ? .refused("no") : .stored, for: places)
            }
            for stream in Set(streams) {
                let mine = stored.filter { streams[$0] == stream }
                #expect(mine == mine.sorted())
                let first = poison.filter { streams[$0] == stream }.min() ?? .max
                #expect(mine.allSatisfy { $0 < first })
            }
            #expect(bisection.outcomes.allSatisfy { $0 != nil })
        }
    }

    @Test func `blames no line where the store refuses all of them`() {
        let (outcomes, calls) = run(64, poison: Set(0..<64))
        #expect(calls.count < 64)
        for outcome in outcomes {
            guard case .failed = outcome else {
                Issue.record("\(outcome)")
                return
            }
        }
    }

    @Test func `ends all that is open when the store is away`() {
        var bisection = Bisection(streams: ["a", "b", "c", "d"])
        let all = bisection.next() ?? []
        bisection.take(.refused("no"), for: all)
        let half = bisection.next() ?? []
        bisection.take(.stored, for: half)
        let rest = bisection.next() ?? []
        bisection.take(.failed(.failed("gone", retryAfter: .seconds(3))), for: rest)
        #expect(bisection.next() == nil)
        #expect(bisection.outcomes[0] == .stored)
        #expect(bisection.outcomes[3] == .failed("gone", retryAfter: .seconds(3)))
    }

    @Test func `takes answers line by line, and doubts those of another number`() {
        var bisection = Bisection(streams: ["a", "b"])
        bisection.take(.each([.stored, .refused("no")]), for: bisection.next() ?? [])
        #expect(bisection.outcomes == [.stored, .refused("no")])
        var other = Bisection(streams: ["a", "b"])
        other.take(.each([.stored]), for: other.next() ?? [])
        guard case .failed = other.outcomes[0] else {
            Issue.record("\(String(describing: other.outcomes[0]))")
            return
        }
    }

    @Test func `has nothing to send of nothing`() {
        var bisection = Bisection(streams: [])
        #expect(bisection.next() == nil)
    }
}
