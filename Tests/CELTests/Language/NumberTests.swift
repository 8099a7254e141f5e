// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite struct NumberTests {
    @Test func `computes within the range of every number`() {
        expectRows(
            ##"""
            9223372036854775807 + 1  =>  error
            -9223372036854775808 - 1  =>  error
            9223372036854775807 * 2  =>  error
            -9223372036854775808 * -1  =>  error
            -9223372036854775808 / -1  =>  error
            -(-9223372036854775808)  =>  error
            5 / 0  =>  error
            5 % 0  =>  error
            -7 / 2  =>  -3
            -7 % 2  =>  -1
            7 % -2  =>  1
            7 / -2  =>  -3
            43 % 5 * 2  =>  6
            2 * 43 % 5  =>  1
            1 - 2 - 3  =>  -4
            12 / 2 / 3  =>  2
            4 - 2 * 3  =>  -2
            0u - 1u  =>  error
            18446744073709551615u + 1u  =>  error
            18446744073709551615u * 2u  =>  error
            7u / 2u  =>  3u
            7u % 2u  =>  1u
            7u / 0u  =>  error
            7u % 0u  =>  error
            1 + 1u  =>  error
            1 + 1.0  =>  error
            dyn(1) + dyn(1u)  =>  error
            dyn(1) + dyn(1.0)  =>  error
            4294967296 * 4294967296  =>  error
            -4294967296 * 2147483648  =>  -9223372036854775808
            3037000500 * 3037000500  =>  error
            9223372036854775807 - -1  =>  error
            0.0/0.0  =>  double("NaN")
            1.0/0.0  =>  double("Infinity")
            -1.0/0.0  =>  double("-Infinity")
            1.7976931348623157e308 * 10.0  =>  double("Infinity")
            -1.0 * 0.0  =>  -0.0
            4.9e-324  =>  5e-324
            1e-400  =>  0.0
            5.5 % 2.0  =>  error
            -(5.5)  =>  -5.5
            -(0.0)  =>  -0.0
            0.1 + 0.2  =>  0.30000000000000004
            2.0 - 5.0  =>  -3.0
            -(1u)  =>  error
            -"a"  =>  error
            !1  =>  error
            "a" - "b"  =>  error
            [1] - [1]  =>  error
            true + true  =>  error
            null + null  =>  error
            'a' * 2  =>  error
            """##
        )
    }
}
