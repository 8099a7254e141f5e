// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite struct TextTests {
    @Test func `looks into text and bytes`() {
        expectRows(
            ##"""
            size('🐱é')  =>  2
            '🐱é'.size()  =>  2
            size(b'é')  =>  2
            [1,2].size()  =>  2
            size({1:2})  =>  1
            size(1)  =>  error
            size()  =>  error
            'a'.size(1)  =>  error
            'abc'.contains('')  =>  true
            ''.contains('a')  =>  false
            'a'.startsWith('ab')  =>  false
            'a'.endsWith('a')  =>  true
            'abc'.startsWith(1)  =>  error
            matches('abc', 'b')  =>  true
            'abc'.matches('^b')  =>  false
            'abc'.matches('(')  =>  error
            ''.matches('^$')  =>  true
            'a\nb'.matches('a.b')  =>  false
            'aba'.matches('^(ab?)+$')  =>  true
            '🐱😀😀'.matches('(a|😀){2}')  =>  true
            'abcd'.matches('bc')  =>  true
            'xyz'.matches('y.')  =>  true
            'foofoo'.matches('^(foo){2}$')  =>  true
            'a' + 1  =>  error
            b'a' + b'b'  =>  b"ab"
            b'a' + 'b'  =>  error
            'a' < 'b'  =>  true
            'a' < 'A'  =>  false
            'é' > 'z'  =>  true
            'a' == b'a'  =>  error
            dyn('a') == b'a'  =>  false
            b'a' < b'ab'  =>  true
            'A' in 'ABC'  =>  error
            'abc'.charAt(1)  =>  error
            'abc'[0]  =>  error
            """##
        )
    }
}
