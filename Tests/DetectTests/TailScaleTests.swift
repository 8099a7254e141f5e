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
        let readings = 400_000
        var beyond = [0.5: 0, 0.9: 0, 0.99: 0, 0.999: 0, 0.999_9: 0]
        for _ in 0..<readings {
            let score = scale.score(stream.next(&dice))
            for level in beyond.keys where score >= level { beyond[level, default: 0] += 1 }
        }
        for (level, factor) in [0.5: 1.1, 0.9: 1.1, 0.99: 1.3, 0.999: 1.5, 0.999_9: 2.5] {
            let wanted = (1 - level) * Double(readings)
            let found = Double(beyond[level, default: 0])
            // A tail that ends is taken for one that goes on a little: fewer than the score says.
            let least = stream == .uniform && level > 0.99 ? 5 : factor
            #expect(found <= wanted * factor, "\(stream) at \(level): \(found / wanted)")
            #expect(found >= wanted / least, "\(stream) at \(level): \(found / wanted)")
        }
    }
}
