// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The functions of mathematical statistics that the C library leaves out.
enum SpecialFunctions {
    /// The natural logarithm.
    static func log(_ value: Double) -> Double { Glibc.log(value) }

    /// log(1 + value), exact for small values.
    static func log1p(_ value: Double) -> Double { Glibc.log1p(value) }

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
}
