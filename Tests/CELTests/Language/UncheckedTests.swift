// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite struct UncheckedTests {
    @Test func `leaves mistakes to the run where types are not checked`() {
        expectRows(
            ##"""
            'a' && false  =>  false
            false && 'a'  =>  false
            'a' && true  =>  error
            true && 'a'  =>  error
            'a' || true  =>  true
            1 || false  =>  error
            true ? 'a' : 1  =>  "a"
            false ? 'a' : 1  =>  1
            !0  =>  error
            'a' ? 1 : 2  =>  error
            1 == 1u  =>  true
            1 == 1.0  =>  true
            1 != 1u  =>  false
            1 == '1'  =>  false
            1 in [1u]  =>  true
            'a' in [1]  =>  false
            {1:2}[1u]  =>  2
            [1,2][1u]  =>  2
            [1,2][1.0]  =>  2
            {1.0: 2}  =>  error
            {null: 2}  =>  error
            null == 1  =>  false
            f(1) || true  =>  true
            f(1)  =>  error
            x.f(1) || true  =>  true
            x  =>  error
            x.y.z || true  =>  true
            x && false  =>  false
            [1].all(y, x || true)  =>  true
            1 + 1u  =>  error
            1 + 'a' == 2 || true  =>  true
            size(1) == 1 || true  =>  true
            1 < 'a' || true  =>  true
            int('a') == 1 || true  =>  true
            [1].map(x, y)  =>  error
            true ? 1 : x  =>  1
            (1)()  =>  error
            has(x.y) || true  =>  true
            'a'.nope() || true  =>  true
            a.b.c.d() || true  =>  true
            [].f() || true  =>  true
            {'a':1}.a.b || true  =>  true
            a.as() || true  =>  true
            a.in() || true  =>  error
            a.true() || true  =>  error
            if || true  =>  error
            -x == 1 || true  =>  true
            !x || true  =>  true
            x[0] || true  =>  true
            x in [1] || true  =>  true
            [x] == [1] || true  =>  true
            {x: 1} == {} || true  =>  true
            {'a': x} == {} || true  =>  true
            x ? true : true  =>  error
            x || y || true  =>  true
            true || x || y  =>  true
            x.exists(y, true) || true  =>  true
            [1].exists(x.y, true) || true  =>  error
            [1].exists(1, true)  =>  error
            a.b.has(c) || true  =>  true
            google.protobuf.Nope || true  =>  true
            type(x) == int || true  =>  true
            {1:1}.a || true  =>  true
            1.a || true  =>  true
            (1).a || true  =>  true
            "a".b || true  =>  true
            -('a') || true  =>  true
            {'a':1,'a':2} == {} || true  =>  true
            """##,
            checksTypes: false
        )
    }
}
