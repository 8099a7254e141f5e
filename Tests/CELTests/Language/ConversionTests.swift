// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite struct ConversionTests {
    @Test func `converts what can be converted`() {
        expectRows(
            ##"""
            int(3.9)  =>  3
            int(-3.9)  =>  -3
            int(-0.5)  =>  0
            int(9.2233720368547748e18)  =>  9223372036854774784
            int(-9.2233720368547748e18)  =>  -9223372036854774784
            int(-9223372036854775808.0)  =>  error
            int(9223372036854775807.0)  =>  error
            int(0.0/0.0)  =>  error
            int(1.0/0.0)  =>  error
            int('42')  =>  42
            int('-9223372036854775808')  =>  -9223372036854775808
            int('9223372036854775808')  =>  error
            int('0x1F')  =>  error
            int('')  =>  error
            int(' 1')  =>  error
            int('1.0')  =>  error
            int('1e3')  =>  error
            int(9223372036854775807u)  =>  9223372036854775807
            int(9223372036854775808u)  =>  error
            int(true)  =>  error
            int(null)  =>  error
            int(b'1')  =>  error
            int(timestamp('1969-12-31T23:59:59.5Z'))  =>  -1
            int(timestamp('1970-01-01T00:00:00.9Z'))  =>  0
            int(duration("1s"))  =>  error
            uint(42)  =>  42u
            uint(-1)  =>  error
            uint(3.9)  =>  3u
            uint(-0.5)  =>  error
            uint(-0.0)  =>  0u
            uint(18446744073709551615.0)  =>  error
            uint(1.8446744073709550e19)  =>  18446744073709549568u
            uint('18446744073709551615')  =>  18446744073709551615u
            uint('-1')  =>  error
            uint('1u')  =>  error
            uint('abc')  =>  error
            uint(0.0/0.0)  =>  error
            uint(1e20)  =>  error
            double('1e3')  =>  1000.0
            double('abc')  =>  error
            double('')  =>  error
            double('NaN')  =>  double("NaN")
            double('Infinity')  =>  double("Infinity")
            double('-Infinity')  =>  double("-Infinity")
            double('inf')  =>  double("Infinity")
            double('-0')  =>  -0.0
            double('+1.5')  =>  1.5
            double('.5')  =>  0.5
            double('5.')  =>  5.0
            double('1_0')  =>  error
            double(' 1')  =>  error
            double(9223372036854775807)  =>  9.223372036854776e+18
            double(-9223372036854775808)  =>  -9.223372036854776e+18
            double(18446744073709551615u)  =>  1.8446744073709552e+19
            double(true)  =>  error
            string(1.0)  =>  "1"
            string(-0.0)  =>  "-0"
            string(1e100)  =>  "1e+100"
            string(1.5e-10)  =>  "1.5e-10"
            string(0.1)  =>  "0.1"
            string(-4.5e-3)  =>  "-0.0045"
            string(123.456)  =>  "123.456"
            string(1u)  =>  "1"
            string(-1)  =>  "-1"
            string(true)  =>  "true"
            string(0.0/0.0)  =>  "NaN"
            string(b'abc')  =>  "abc"
            string(b'\303\277')  =>  "ÿ"
            string(b'\xff')  =>  error
            string(b'\xed\xa0\x80')  =>  error
            string(null)  =>  error
            string([1])  =>  error
            string('abc')  =>  "abc"
            string(timestamp('2009-02-13T23:31:30Z'))  =>  "2009-02-13T23:31:30Z"
            string(timestamp('2009-02-13T23:31:30+01:00'))  =>  "2009-02-13T22:31:30Z"
            string(duration('1h'))  =>  "3600s"
            string(duration('-1.5s'))  =>  "-1.5s"
            string(duration('1ns'))  =>  "0.000000001s"
            bytes('ÿ')  =>  b"\xc3\xbf"
            bytes(b'a')  =>  b"a"
            bytes(1)  =>  error
            bool('true')  =>  true
            bool('T')  =>  true
            bool('tRUE')  =>  error
            bool('0')  =>  false
            bool('')  =>  error
            bool('yes')  =>  error
            bool(1)  =>  error
            bool(true)  =>  true
            dyn(1)  =>  1
            type(1)  =>  int
            type(type(1))  =>  type
            type(int)  =>  type
            type(type)  =>  type
            type(null)  =>  null_type
            type(null) == null_type  =>  true
            type([1]) == list  =>  true
            type({}) == map  =>  true
            type(b'') == bytes  =>  true
            type(1.0) == double  =>  true
            type(1u) == uint  =>  true
            type("") == string  =>  true
            type(true) == bool  =>  true
            type(type(1)) == type  =>  true
            type(1) == type(1u)  =>  false
            type(1) != uint  =>  true
            type(duration('1s')) == google.protobuf.Duration  =>  true
            type(timestamp(0)) == google.protobuf.Timestamp  =>  true
            type(dyn(1)) == int  =>  true
            int  =>  int
            [int, string]  =>  [int, string]
            type(x) == int  =>  error
            int == int  =>  true
            type(google.protobuf.Timestamp)  =>  type
            timestamp(timestamp('2009-02-13T23:31:30Z'))  =>  timestamp("2009-02-13T23:31:30Z")
            timestamp(0)  =>  timestamp("1970-01-01T00:00:00Z")
            timestamp(-62135596800)  =>  timestamp("0001-01-01T00:00:00Z")
            timestamp(-62135596801)  =>  error
            timestamp(253402300799)  =>  timestamp("9999-12-31T23:59:59Z")
            timestamp(253402300800)  =>  error
            timestamp(9223372036854775807)  =>  error
            timestamp('2009-02-13')  =>  error
            timestamp('2009-02-13T23:31:30')  =>  error
            timestamp('2009-02-13 23:31:30Z')  =>  error
            timestamp('2009-02-30T23:31:30Z')  =>  error
            timestamp('2009-13-01T23:31:30Z')  =>  error
            timestamp('2009-02-13T24:00:00Z')  =>  error
            timestamp('2009-02-13T23:60:00Z')  =>  error
            timestamp('2000-02-29T00:00:00Z').getMonth()  =>  1
            timestamp('1900-02-29T00:00:00Z')  =>  error
            timestamp('0001-01-01T00:00:00+00:01')  =>  error
            timestamp('9999-12-31T23:59:59-00:01')  =>  error
            timestamp('2009-02-13T23:31:30.Z')  =>  error
            timestamp('')  =>  error
            timestamp(1.5)  =>  error
            timestamp(1u)  =>  error
            timestamp('2009-02-13T23:31:30-08:00').getHours()  =>  7
            timestamp('2009-02-13t23:31:30z')  =>  timestamp("2009-02-13T23:31:30Z")
            duration('1.5h')  =>  duration("5400s")
            duration('')  =>  error
            duration('1')  =>  error
            duration('0')  =>  duration("0s")
            duration('-0')  =>  duration("0s")
            duration('1h2m3s4ms5us6ns')  =>  duration("3723.004005006s")
            duration('1d')  =>  error
            duration('s')  =>  error
            duration('1 s')  =>  error
            duration('+1s')  =>  duration("1s")
            duration('--1s')  =>  error
            duration('1s-1s')  =>  error
            duration('9223372036.854775807s')  =>  duration("9223372036.854775807s")
            duration('9223372036.854775808s')  =>  error
            duration('-9223372036.854775808s')  =>  duration("-9223372036.854775808s")
            duration('.5s')  =>  duration("0.5s")
            duration('1.s')  =>  duration("1s")
            duration('.s')  =>  error
            duration(1)  =>  error
            duration(duration('1s')) == duration('1s')  =>  true
            duration('1us') == duration('1µs')  =>  true
            duration('315576000001s')  =>  error
            duration('1.0000000001s')  =>  duration("1s")
            """##
        )
    }
}
