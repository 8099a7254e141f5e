// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite struct ComparisonTests {
    @Test func `compares numbers of different types by value`() {
        expectRows(
            ##"""
            1 < 1u  =>  false
            1 < 2u  =>  true
            1 < 1.5  =>  true
            1u < 1.5  =>  true
            -1 < 0u  =>  true
            dyn(1) == 1u  =>  true
            dyn(1) == 1.0  =>  true
            dyn(1) != 1.0  =>  false
            dyn(-1) == 18446744073709551615u  =>  false
            0.0/0.0 < 1.0  =>  false
            0.0/0.0 >= 1.0  =>  false
            0.0/0.0 == 0.0/0.0  =>  false
            0.0/0.0 != 0.0/0.0  =>  true
            dyn(0.0/0.0) < 1  =>  false
            dyn(0.0/0.0) == 1  =>  false
            0.0 == -0.0  =>  true
            1.0 < dyn(2)  =>  true
            dyn("a") < 1  =>  error
            true < false  =>  false
            false < true  =>  true
            true < 1  =>  error
            dyn(true) == 1  =>  false
            1 < 2 < 3  =>  error
            1 < 2 == true  =>  true
            false == 1 > 2  =>  error
            dyn(18446744073709551615u) > 1.8446744073709552e19  =>  false
            dyn(-9223372036854775808) < 0u  =>  true
            dyn(1.0/0.0) > 9223372036854775807  =>  true
            dyn(-1.0/0.0) < -9223372036854775808  =>  true
            dyn(1.0/0.0) > 18446744073709551615u  =>  true
            """##
        )
    }
}
