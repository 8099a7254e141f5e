// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite struct LiteralTests {
    @Test func `reads every form of literal`() {
        expectRows(
            ##"""
            0  =>  0
            0u  =>  0u
            0.  =>  error
            .5  =>  0.5
            1.  =>  error
            1e3  =>  1000.0
            1E-2  =>  0.01
            1.5e+2  =>  150.0
            0xFFFFFFFFFFFFFFFFu  =>  18446744073709551615u
            0x7FFFFFFFFFFFFFFF  =>  9223372036854775807
            0x8000000000000000  =>  error
            -0x8000000000000000  =>  -9223372036854775808
            9223372036854775808  =>  error
            18446744073709551615u  =>  18446744073709551615u
            18446744073709551616u  =>  error
            -9223372036854775809  =>  error
            1e309  =>  error
            -2.3e+1  =>  -23.0
            --1  =>  1
            -(-1)  =>  1
            ---1  =>  -1
            !!true  =>  true
            - 5  =>  -5
            0x  =>  error
            0X1F  =>  31
            00  =>  0
            007  =>  7
            1u  =>  1u
            1U  =>  1u
            -1u  =>  error
            "a" "b"  =>  error
            '\''  =>  "'"
            "\""  =>  "\""
            '''a'b'''  =>  "a'b"
            """a"b"""  =>  "a\"b"
            ''''a'''  =>  "'a"
            '''a''''  =>  error
            ''''''  =>  ""
            ''  =>  ""
            "\u270c"  =>  "✌"
            "\U0001f431"  =>  "🐱"
            "\377"  =>  "ÿ"
            "\400"  =>  error
            "\08"  =>  error
            "\xZZ"  =>  error
            "\uD800"  =>  error
            "\U00110000"  =>  error
            "\U0010FFFF" == "\U0010ffff"  =>  true
            b"\u00ff"  =>  error
            b'\377\xff'  =>  b"\xff\xff"
            b'ÿ'  =>  b"\xc3\xbf"
            rb'a'  =>  error
            br'\n'  =>  b"\\n"
            bR'''\'''  =>  b"\\"
            r"\""  =>  error
            r'\'  =>  "\\"
            R'''\n'''  =>  "\\n"
            Rb'a'  =>  error
            '\q'  =>  error
            'abc  =>  error
            '''abc''  =>  error
            true  =>  true
            null  =>  null
            [1,]  =>  [1]
            [,]  =>  error
            {"a":1,}  =>  {"a": 1}
            {,}  =>  error
            []  =>  []
            {}  =>  {}
            ()  =>  error
            (1)  =>  1
            // c  =>  error
            1 // c  =>  1
            1 /* c */  =>  error
            1 +  =>  error
            +1  =>  error
            1 + + 1  =>  error
            1 - -1  =>  2
            1--1  =>  2
            1-1  =>  0
            [1,2,3][0]  =>  1
            "a"+"b"  =>  "ab"
            """##
        )
    }
}
