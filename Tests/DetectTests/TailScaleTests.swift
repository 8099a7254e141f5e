// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing
import Vocabulary

@testable import Detect

@Suite struct TailScaleTests {
    /// Strangeness drawn from one distribution, and how far the share beyond a score may be off.
    enum Stream: String, CaseIterable, Sendable {
        case normal, exponential, lognormal, student, uniform

        func next(_ dice: inout Dice) -> Double {
            switch self {
            case .normal: dice.normal().magnitude
            case .exponential: dice.exponential()
            case .lognormal: exp(dice.normal())
            case .student: dice.student3().magnitude
            case .uniform: 2 * dice.uniform()
            }
        }
    }

    @Test(arguments: Stream.allCases)
    func `is exceeded as often as the score says`(_ stream: Stream) {
        var dice = Dice(seed: 7)
        var scale = TailScale()
        for _ in 0..<5_000 { _ = scale.score(stream.next(&dice)) }
        let readings = 150_000
        var beyond = [0.5: 0, 0.9: 0, 0.99: 0, 0.999: 0, 0.999_9: 0]
        for _ in 0..<readings {
            let score = scale.score(stream.next(&dice))
            for level in beyond.keys where score >= level { beyond[level, default: 0] += 1 }
        }
        for (level, factor) in [0.5: 1.1, 0.9: 1.1, 0.99: 1.3, 0.999: 1.5, 0.999_9: 2.5] {
            let wanted = (1 - level) * Double(readings)
            let found = Double(beyond[level, default: 0])
            // A tail that ends is taken for one that goes on a little: fewer than the score says.
            let least = stream == .uniform && level > 0.99 ? 50 : factor
            #expect(found <= wanted * factor, "\(stream) at \(level): \(found / wanted)")
            #expect(found >= wanted / least, "\(stream) at \(level): \(found / wanted)")
        }
    }

    @Test func `calls nothing rare before it has seen enough`() {
        var dice = Dice(seed: 2)
        var scale = TailScale()
        for _ in 0..<20 { _ = scale.score(dice.normal().magnitude) }
        #expect(scale.score(6) < 0.999)
        var other = TailScale()
        for _ in 0..<20_000 { _ = other.score(dice.normal().magnitude) }
        #expect(other.score(6) > 0.999_99)
    }

    @Test func `equal values are as strange as each other`() {
        var scale = TailScale()
        var last = 0.0
        for _ in 0..<4_000 { last = scale.score(1.99) }
        #expect(last < 0.01)
        for index in 0..<4_000 { last = scale.score(index % 10 == 0 ? 3 : 1) }
        #expect((0..<0.01).contains(scale.score(1)))
        #expect((0.85...0.96).contains(scale.score(3)))
    }

    @Test func `a long fault does not become usual at once`() {
        var dice = Dice(seed: 5)
        var scale = TailScale()
        for _ in 0..<10_000 { _ = scale.score(dice.normal().magnitude) }
        for _ in 0..<300 { _ = scale.score(12) }
        for _ in 0..<100 { _ = scale.score(dice.normal().magnitude) }
        #expect(scale.score(12) > 0.998)
        var trusting = TailScale()
        for _ in 0..<10_000 { _ = trusting.score(dice.normal().magnitude, patience: .max) }
        for _ in 0..<300 { _ = trusting.score(12, patience: .max) }
        #expect(trusting.score(12, patience: .max) < 0.99)
    }

    @Test func `what is no number is not strange`() {
        var scale = TailScale()
        for strangeness in [Double.nan, -1, 0, -Double.infinity] {
            #expect(scale.score(strangeness) == 0)
        }
        #expect(scale.score(Double.infinity) <= 1)
        #expect(scale.rarity(of: Double.greatestFiniteMagnitude) >= 0)
    }

    @Test func `goes on for millions of readings`() {
        var scale = TailScale()
        // The weight of the next reading grows until all are scaled down again.
        scale.unit = 0.999e12
        scale.total = 0
        var dice = Dice(seed: 8)
        for _ in 0..<5_000 { _ = scale.score(dice.exponential()) }
        #expect(scale.unit < 2)
        #expect((4_000...5_000).contains(scale.count))
        #expect((0.98...0.997).contains(scale.score(4.6)))
    }
}
