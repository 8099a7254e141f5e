// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite struct NestingTests {
    @Test func `takes what is nested`() {
        expectRows(
            ##"""
            ((((((((((((((((((((((((((((((((1))))))))))))))))))))))))))))))))  =>  1
            !!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!true  =>  false
            --------------------------------(19)  =>  19
            ---------------------------------19  =>  -19
            'a'.size()  =>  1
            """##
        )
    }
}
