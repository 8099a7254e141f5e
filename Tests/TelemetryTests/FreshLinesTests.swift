// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Telemetry

@Suite struct `What is put down and taken up` {
    private func put(_ number: Int, in fresh: FreshLines<Int>) -> Bool {
        fresh.put(number, bytes: 10, most: 4, mostBytes: 35)
    }

    @Test func `comes in the order it was put down, once`() {
        let fresh = FreshLines<Int>()
        #expect(fresh.take().isEmpty)
        for number in 0..<3 { #expect(put(number, in: fresh)) }
        #expect(fresh.count == 3)
        #expect(fresh.take() == [0, 1, 2])
        #expect(fresh.take().isEmpty && fresh.count == 0)
    }

    @Test func `is bounded in number and in bytes`() {
        let fresh = FreshLines<Int>()
        #expect((0..<9).count { put($0, in: fresh) } == 3)
        #expect(fresh.take() == [0, 1, 2])
        #expect((0..<9).count { fresh.put($0, bytes: 1, most: 4, mostBytes: 35) } == 4)
    }

    @Test func `is let go of when nobody takes it`() {
        final class Witness: Sendable {}
        weak var witness: Witness?
        do {
            let fresh = FreshLines<Witness>()
            let element = Witness()
            witness = element
            #expect(fresh.put(element, bytes: 1, most: 4, mostBytes: 35))
        }
        #expect(witness == nil)
    }

    @Test func `of many threads loses nothing and doubles nothing`() async {
        let fresh = FreshLines<Int>()
        let (threads, each) = (4, 5_000)
        var taken: [Int] = []
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<threads {
                group.addTask {
                    for number in 0..<each {
                        _ = fresh.put(thread * each + number, bytes: 0, most: .max, mostBytes: .max)
                    }
                }
            }
            while taken.count < threads * each {
                taken += fresh.take()
                await Task.yield()
            }
        }
        #expect(taken.sorted() == Array(0..<threads * each))
    }
}
