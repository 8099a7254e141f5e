// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite struct LogicTests {
    @Test func `absorbs errors that do not matter`() {
        expectRows(
            ##"""
            true && 1/0 > 0  =>  error
            false && 1/0 > 0  =>  false
            1/0 > 0 && false  =>  false
            1/0 > 0 || true  =>  true
            1/0 > 0 || false  =>  error
            true ? 1 : 1/0  =>  1
            false ? 1/0 : 2  =>  2
            1/0 > 0 ? 1 : 2  =>  error
            true ? "a" : 1  =>  error
            true ? dyn("a") : 1  =>  "a"
            !true  =>  false
            true ? false ? 1 : 2 : 3  =>  error
            true ? true ? 1 : 2 : 3  =>  error
            false ? 1 : false ? 2 : 3  =>  3
            true || false && false  =>  true
            (true || false) && false  =>  false
            !true || true  =>  true
            !(true || true)  =>  false
            1 == 1 && 2 == 2  =>  true
            1/0 == 1 || 2/0 == 1 || true  =>  true
            true || 1/0 == 1 || 2/0 == 1  =>  true
            1/0 == 1 || true || 2/0 == 1  =>  true
            1/0 == 1 && 2/0==1 && 3/0==1 && false && 4/0==1 && true  =>  false
            false || 1/0 == 1  =>  error
            """##
        )
    }
}
