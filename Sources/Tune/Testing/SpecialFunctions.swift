// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The functions of mathematical statistics that the C library leaves out, and those it has.
enum SpecialFunctions {
    /// The natural logarithm.
    static func log(_ value: Double) -> Double { Glibc.log(value) }

    /// log(1 + value), exact for small values.
    static func log1p(_ value: Double) -> Double { Glibc.log1p(value) }

    /// e to the power of `value`.
    static func exp(_ value: Double) -> Double { Glibc.exp(value) }

    /// The logistic function.
    static func logistic(_ value: Double) -> Double {
        value >= 0 ? 1 / (1 + exp(-value)) : exp(value) / (1 + exp(value))
    }

    /// The logarithm of the gamma function, for positive values.
    ///
    /// The reentrant form: plain `lgamma` writes a global.
    static func logGamma(_ value: Double) -> Double {
        var sign: Int32 = 0
        return lgamma_r(value, &sign)
    }

    /// The logarithm of the beta function.
    static func logBeta(_ first: Double, _ second: Double) -> Double {
        logGamma(first) + logGamma(second) - logGamma(first + second)
    }

    /// The regularised incomplete beta function I_x(a, b) for a, b > 0.
    ///
    /// Lentz's evaluation of the continued fraction (NIST DLMF 8.17.22), on the side where it
    /// converges fast; absolute error below 1e-12 for the sizes used here.
    static func incompleteBeta(_ argument: Double, _ first: Double, _ second: Double) -> Double {
        guard argument > 0 else { return 0 }
        guard argument < 1 else { return 1 }
        let front = exp(
            first * log(argument) + second * log1p(-argument) - logBeta(first, second)
        )
        guard argument > (first + 1) / (first + second + 2) else {
            return front * fraction(argument, first, second) / first
        }
        return 1 - front * fraction(1 - argument, second, first) / second
    }

    private static func fraction(_ argument: Double, _ first: Double, _ second: Double) -> Double {
        let tiny = 1e-300
        func steady(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
        var numerator = 1.0
        var denominator = 1 / steady(1 - (first + second) * argument / (first + 1))
        var value = denominator
        for step in 1...2_000 {
            let index = Double(step)
            let even =
                index * (second - index) * argument
                / ((first + 2 * index - 1) * (first + 2 * index))
            denominator = 1 / steady(1 + even * denominator)
            numerator = steady(1 + even / numerator)
            value *= denominator * numerator
            let odd =
                -(first + index) * (first + second + index) * argument
                / ((first + 2 * index) * (first + 2 * index + 1))
            denominator = 1 / steady(1 + odd * denominator)
            numerator = steady(1 + odd / numerator)
            let change = denominator * numerator
            value *= change
            if abs(change - 1) < 1e-15 { break }
        }
        return value
    }
}
