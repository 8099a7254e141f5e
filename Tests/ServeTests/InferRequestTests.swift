// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Testing

@testable import Serve

@Suite struct InferRequestTests {
    private func request(_ text: String) throws -> InferRequest {
        try InferRequest(Array(text.utf8))
    }

    @Test func `reads flat and nested data alike`() throws {
        for data in ["[1, 2.5, -3e0, 4]", "[[1, 2.5], [-3, 4]]", "[[[1],[2.5]],[[-3],[4]]]"] {
            let found = try request(
                #"{"inputs":[{"name":"X","shape":[2,2],"datatype":"FP32","data":\#(data)}]}"#
            )
            let wanted = Tensor(
                name: "X",
                dimensions: [2, 2],
                elements: .float32([1, 2.5, -3, 4])
            )
            #expect(found.inputs == [wanted])
            #expect(found.outputs == nil)
            #expect(found.id == nil)
        }
    }

    @Test func `reads truth values, texts and the other kinds of number`() throws {
        func elements(_ datatype: String, _ data: String) throws -> Tensor.Elements {
            try request(
                #"{"inputs":[{"name":"X","shape":[2],"datatype":"\#(datatype)","data":\#(data)}]}"#
            ).inputs[0].elements
        }
        #expect(try elements("BOOL", "[true, [false]]") == .flags([true, false]))
        #expect(try elements("BYTES", #"[["a"], "é"]"#) == .text(["a", "é"]))
        #expect(try elements("UINT8", "[0, 255]") == .int64([0, 255]))
        #expect(try elements("FP16", "[0.5, 1]") == .float32([0.5, 1]))
        let most = "[18446744073709551615, 0]"
        #expect(try elements("UINT64", most) == .uint64([.max, 0]))
    }

    @Test func `reads members in any order and skips what it does not know`() throws {
        let found = try request(
            #"""
            { "parameters": {"a": [1, {"b": null}], "c": true}, "outputs": [{"name": "p\u00e9"}],
              "inputs": [{"data": [9007199254740993], "parameters": {}, "datatype": "INT64",
                          "shape": [1], "name": "\ud83d\ude00\n"}], "id": "7" }
            """#
        )
        #expect(found.id == "7")
        #expect(found.outputs == ["pé"])
        #expect(found.inputs[0].name == "😀\n")
        #expect(found.inputs[0].elements == .int64([9_007_199_254_740_993]))
    }

    @Test(arguments: [
        "", "{", "[]", "null", "{}", #"{"inputs":[]}"#, #"{"inputs":[{}]}"#, #"{"inputs":{}}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"FP32"}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"data":[1]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"FP8","data":[1]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"FP32","data":[1e39]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"FP64","data":[-1e999]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"UINT64","data":[-1]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"BYTES","data":[1]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"BYTES","data":["a\u0000b"]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"BOOL","data":[null]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"BOOL","data":[1]}]}"#,
        #"{"inputs":[{"name":"X","shape":[0],"datatype":"FP32","data":[]}]}"#,
        #"{"inputs":[{"name":"X","shape":[-1],"datatype":"FP32","data":[1]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"FP32","data":["1"]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"FP32","data":[1,]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"FP32","data":[nan]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"FP32","data":[1-2]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"INT64","data":[1.5]}]}"#,
        #"{"inputs":[{"name":"X","shape":[1],"datatype":"FP32","data":[1]}]} x"#,
        #"{"inputs":[{"name":"\ud800","shape":[1],"datatype":"FP32","data":[1]}]}"#,
        #"{"inputs":[{"name":"X"#,
    ])
    func `refuses what is not the protocol`(_ text: String) {
        let error = #expect(throws: ServeError.self) { try request(text) }
        #expect(error?.code == 400)
    }

    @Test func `refuses what nests too deeply and too many tensors`() {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: ServeError.self) { try request(#"{"x":\#(deep)"#) }
        let input = #"{"name":"X","shape":[1],"datatype":"FP32","data":[1]}"#
        let many = Array(repeating: input, count: 65).joined(separator: ",")
        #expect(throws: ServeError.self) { try request(#"{"inputs":[\#(many)]}"#) }
    }

    @Test func `survives every beginning and every single changed byte of a request`() {
        let text =
            #"{"id":"aé\n","inputs":[{"name":"X","shape":[1,2],"datatype":"FP64","data":[[1,-2.5e3]]}]}"#
        let bytes = Array(text.utf8)
        for length in 0..<bytes.count {
            #expect(throws: ServeError.self) { try InferRequest(Array(bytes[..<length])) }
        }
        for place in bytes.indices {
            for byte in [0x00, 0x22, 0x5C, 0x5B, 0x7D, 0xFF, 0x31] as [UInt8] {
                var changed = bytes
                changed[place] = byte
                _ = try? InferRequest(changed)
            }
        }
    }
}
