// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite struct CollectionTests {
    @Test func `reaches into lists and maps`() {
        expectRows(
            ##"""
            [1,2,3][3]  =>  error
            [1][-1]  =>  error
            [1,2][dyn(1.0)]  =>  2
            [1,2][dyn(1u)]  =>  2
            [1,2][dyn(1.5)]  =>  error
            [1]['a']  =>  error
            [1][true]  =>  error
            [1] + [2]  =>  [1, 2]
            [1] + ['a']  =>  [1, "a"]
            [] + []  =>  []
            [1] + 2  =>  error
            1 in [1,2]  =>  true
            1 in [dyn(1.0)]  =>  true
            dyn(1u) in [1]  =>  true
            1u in [1]  =>  error
            1.0 in [dyn(1)]  =>  true
            'a' in [1]  =>  error
            dyn('a') in [1]  =>  false
            null in [null]  =>  true
            [1] in [[1]]  =>  true
            1 in 1  =>  error
            'k' in {'k':1}  =>  true
            1 in {1u: 2}  =>  error
            dyn(1) in {1u: 2}  =>  true
            dyn(1.0) in {1: 2}  =>  true
            dyn(1.5) in {1: 2}  =>  false
            {1: 2}[1]  =>  2
            {1: 2}[dyn(1u)]  =>  2
            {1: 2}[dyn(1.0)]  =>  2
            {1: 2}[dyn(1.1)]  =>  error
            {1: 2}[2]  =>  error
            {'a': 1}.a  =>  1
            {'a': 1}.b  =>  error
            {'a': 1}['a']  =>  1
            {true: 1}[true]  =>  1
            {1u: 1}[1u]  =>  1
            {1: 1, 1: 2}  =>  error
            {'a':1,'a':2}  =>  error
            {1:1, 1u:2}  =>  error
            {null: 1}  =>  error
            {1.0: 1}  =>  error
            {[1]: 1}  =>  error
            {b'a': 1}  =>  error
            {1: null}[1]  =>  null
            {'a': {'b': 1}}.a.b  =>  1
            {'a': [1, {'b': 2}]}.a[1].b  =>  2
            has({'a': 1}.a)  =>  true
            has({'a': 1}.b)  =>  false
            has({'a': null}.a)  =>  true
            has({'a': {'b':1}}.a.c)  =>  false
            has({'a': {'b':1}}.x.c)  =>  error
            has({'a': 1})  =>  error
            has({'a': 1}['a'])  =>  error
            has(1)  =>  error
            has()  =>  error
            has([1].a)  =>  error
            has(dyn(1).a)  =>  error
            {'a-b': 1}.`a-b`  =>  1
            {'a.b': 1}.`a.b`  =>  1
            {'a b': 1}.`a b`  =>  1
            has({'a/b': 1}.`a/b`)  =>  true
            {'as': 1}.as  =>  1
            {'in': 1}.in  =>  error
            {'in': 1}.`in`  =>  1
            {'true': 1}.true  =>  error
            {'a': 1}.`a`  =>  1
            {'a':1}.``  =>  error
            `a`  =>  error
            [1,2] == [1,2]  =>  true
            [1,2] == [2,1]  =>  false
            [dyn(1)] == [1.0]  =>  true
            [[1]] == [[1]]  =>  true
            [] == []  =>  true
            [] == [1]  =>  false
            {} == {}  =>  true
            {'a':1,'b':2} == {'b':2,'a':1}  =>  true
            {'a':1} == {'a':2}  =>  false
            {'a':1} == {'b':1}  =>  false
            {dyn(1): 1} == {1u: 1}  =>  true
            [0.0/0.0] == [0.0/0.0]  =>  false
            {1: 0.0/0.0} == {1: 0.0/0.0}  =>  false
            [0.0/0.0] != [0.0/0.0]  =>  true
            [1, "a"] == [1, "b"]  =>  false
            [1, 2] == [1, "a"]  =>  false
            [1] < [2]  =>  error
            {} < {}  =>  error
            null < null  =>  error
            null == null  =>  true
            null != null  =>  false
            dyn(null) == 1  =>  false
            type(1) < type(2)  =>  error
            """##
        )
    }
}
