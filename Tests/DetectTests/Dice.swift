// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Numbers drawn at random, the same in every run.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64 (Steele, Lea and Flood 2014).
    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    /// 0…1, both ends left out.
    mutating func uniform() -> Double { (Double(bits() >> 11) + 0.5) / Double(1 << 53) }

    mutating func normal() -> Double {
        (-2 * log(uniform())).squareRoot() * cos(2 * Double.pi * uniform())
    }

    /// The square of a normal number.
    mutating func normal2() -> Double {
        let number = normal()
        return number * number
    }

    /// Student's t of three degrees of freedom.
    mutating func student3() -> Double {
        let squares = normal2() + normal2() + normal2()
        return normal() / (squares / 3).squareRoot()
    }

    mutating func exponential() -> Double { -log(uniform()) }
}
