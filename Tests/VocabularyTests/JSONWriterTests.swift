// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@Suite struct JSONWriterTests {
    private func text(_ write: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter()
        write(&writer)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    @Test func `puts commas between members and elements only`() {
        let json = text { writer in
            writer.beginObject()
            writer.member("a", 1)
            writer.key("b")
            writer.beginArray()
            writer.value(1.5)
            writer.value(true)
            writer.null()
            writer.beginObject()
            writer.endObject()
            writer.endArray()
            writer.member("c", "x")
            writer.endObject()
        }
        #expect(json == #"{"a":1,"b":[1.5,true,null,{}],"c":"x"}"#)
    }

    @Test func `escapes what would end a string or a line`() {
        #expect(text { $0.value("a\"b\\c\n\u{1}é") } == #""a\"b\\c\n\u0001é""#)
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `writes null for what JSON cannot say`(number: Double) {
        #expect(text { $0.value(number) } == "null")
    }
}
