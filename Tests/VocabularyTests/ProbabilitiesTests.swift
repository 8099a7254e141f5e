// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@Suite struct `Probabilities of a run` {
    private static let all = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]

    @Test func `a finding's own part reads from zero`() {
        let part = Probabilities(Self.all, 2..<4)
        #expect(part.count == 2)
        #expect(part.indices == 0..<2)
        #expect(part[0] == 0.3)
        #expect(part[1] == 0.4)
        #expect(Array(part) == [0.3, 0.4])
        #expect(part.withUnsafeBufferPointer { Array($0) } == [0.3, 0.4])
        #expect("\(part)" == "[0.3, 0.4]")
    }

    @Test func `are equal where the numbers are, wherever they lie`() {
        #expect(Probabilities(Self.all, 1..<3) == [0.2, 0.3])
        #expect(Probabilities(Self.all, 1..<3) != [0.2, 0.4])
        #expect(Probabilities(Self.all) == Probabilities(Self.all + [0.7], 0..<6))
        #expect(Probabilities(Self.all, 1..<3) != Probabilities(Self.all, 1..<4))
    }

    @Test func `of nothing are empty`() {
        #expect(Probabilities([]).isEmpty)
        #expect(Probabilities(Self.all, 6..<6).isEmpty)
        #expect(Probabilities([]).withUnsafeBufferPointer(\.count) == 0)
    }
}
