// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite struct MacroTests {
    @Test func `runs macros over lists and maps`() {
        expectRows(
            ##"""
            [1,2,3].all(x, x > 0)  =>  true
            [].all(x, 1/0 > 0)  =>  true
            [].exists(x, 1/0 > 0)  =>  false
            [1,2,3].all(e, 6 / (2 - e) == 6)  =>  false
            [1,2,3].all(e, e / 0 != 17)  =>  error
            [1,2,3].all(e, e == 1 || e / 0 == 1)  =>  error
            [0,1].exists(e, 1/e == 1)  =>  true
            [1,0].exists(e, 1/e == 2)  =>  error
            [1, "foo", 3].all(e, e % 2 == 1)  =>  error
            [1, "foo", 3].exists(e, e == "foo")  =>  true
            {'a':1,'b':2}.all(k, k != 'c')  =>  true
            {'a':1}.exists(k, k == 'a')  =>  true
            [7].exists_one(x, x == 7)  =>  true
            [7,7].exists_one(x, x == 7)  =>  false
            [].exists_one(x, x == 7)  =>  false
            [3,2,1,0].exists_one(n, 12/n > 1)  =>  error
            {6:'a',7:'b'}.exists_one(k, k == 7)  =>  true
            [0,1,2].filter(x, x % 2 == 0)  =>  [0, 2]
            [3,2,1,0].filter(n, 12/n > 4)  =>  error
            {'a':1,'b':2}.filter(k, k == 'a')  =>  ["a"]
            [1,2].map(x, x * x)  =>  [1, 4]
            [1,2,3].map(x, x > 1, x * x)  =>  [4, 9]
            [2,1,0].map(x, 4/x)  =>  error
            {'a':1}.map(k, k)  =>  ["a"]
            [[1],[2,3]].map(x, x.map(y, y+1))  =>  [[2], [3, 4]]
            [1,2].map(x, [1,2].map(x, x * 10))  =>  [[10, 20], [10, 20]]
            [1].exists(x, [2].exists(y, x + y == 3))  =>  true
            [1].map(x, x)[0] + 1  =>  2
            1.all(x, true)  =>  error
            dyn(1).all(x, true)  =>  error
            'abc'.all(x, true)  =>  error
            [1].all(x)  =>  error
            [1].all(x, y, z, true)  =>  error
            [1].all(x, 1)  =>  error
            [1].all(x, dyn(1))  =>  error
            [1,2].exists(x, dyn("a"))  =>  error
            [1].exists(x, x.y.z == 1)  =>  error
            [1,2,3].map(x, x).filter(x, x > 1).exists(x, x == 3)  =>  true
            ['a'].all(x, x.startsWith('a'))  =>  true
            [1,2].all(x, x in [1,2])  =>  true
            [1].map(x, {x: x})  =>  [{1: 1}]
            [1,2].filter(x, 1)  =>  error
            [1].map(size, size)  =>  [1]
            ['a'].map(size, size(size))  =>  [1]
            [1].map(int, int(int))  =>  [1]
            [1].all(true, true)  =>  error
            [true].all(x, x)  =>  true
            [false,true].exists(x, x)  =>  true
            [1,2,3].exists(i, v, i == 1 && v == 2)  =>  true
            [5].all(i, v, i == 0 && v == 5)  =>  true
            {'a':1}.all(k, v, k == 'a' && v == 1)  =>  true
            {'a':1,'b':2}.existsOne(k, v, v == 2)  =>  true
            {'a':1,'b':2}.exists_one(k, v, v == 2)  =>  true
            [1,2,3].transformList(i, v, i > 0, v * i)  =>  [2, 6]
            {'a':1}.transformList(k, v, k + string(v))  =>  ["a1"]
            {'a':1,'b':2}.transformMap(k, v, v > 1, v * 2)  =>  {"b": 4}
            [7,8].transformMap(i, v, v + 1)  =>  {0: 8, 1: 9}
            {'a':1}.transformMapEntry(k, v, {v: k})  =>  {1: "a"}
            ['x','y'].transformMapEntry(i, v, {v: i})  =>  {"x": 0, "y": 1}
            ['x','x'].transformMapEntry(i, v, {v: i})  =>  error
            ['x','y'].transformMapEntry(i, v, i > 0, {v: i})  =>  {"y": 1}
            [1].all(x, x, true)  =>  error
            [1].exists(i, v, v/i == 1)  =>  error
            [0, 1].exists(i, v, v/i == 1)  =>  true
            [].existsOne(i, v, true)  =>  false
            dyn(1).transformList(i, v, v)  =>  error
            [1].transformList(i, v, [2].transformList(i, v, i + v))  =>  [[2]]
            """##
        )
    }
}
