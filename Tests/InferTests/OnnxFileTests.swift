// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Infer

@Suite struct `Reading an ONNX file` {
    private func file(_ name: String) throws -> OnnxFile {
        OnnxFile(try ManyModels.bytes("\(name).onnx"))
    }

    @Test func `knows its maker, its operators and its open dimensions`() throws {
        let symbols = try file("symbols")
        #expect(symbols.producer == "sluice-tests")
        #expect(symbols.producerVersion == "1.0")
        #expect(symbols.operatorSets == ["": 17])
        #expect(symbols.dimensionNames == ["batch", "seq", "channels"])
        #expect(try file("scalars").dimensionNames == [])
    }

    @Test func `knows its classes, as texts or numbers`() throws {
        #expect(try file("zipmap-text").classes == [.texts(["bad", "ok", "worn"])])
        #expect(try file("zipmap-int").classes == [.numbers([3, 7, 20])])
        #expect(try file("zipmap-int").labels(count: 3) == ["3", "7", "20"])
        #expect(try file("zipmap-int").labels(count: 2) == nil)
        #expect(try file("open").labels(count: nil) == nil)
    }

    @Test func `knows the files its weights lie in`() throws {
        #expect(try file("external").externalFiles == ["weights.bin"])
        #expect(try file("escaping").externalFiles == ["../weights.bin"])
        #expect(try file("symbols").externalFiles == [])
    }

    @Test(
        arguments: [
            ("a, b ,c", ["a", "b", "c"]), ("a b\nc, d\n", ["a b", "c, d"]),
            (#"["a", 'b, c']"#, ["a", "b, c"]), ("{0: 'a', 1: \"it's\"}", ["a", "it's"]),
            (#"{"1": "b", "0": "a"}"#, ["a", "b"]),
        ] as [(String, [String])]
    )
    func `reads labels as makers write them`(_ text: String, _ labels: [String]) {
        #expect(OnnxFile.labels(in: text) == labels)
    }

    @Test(arguments: ["", "  ", "[]", "{}", "a, a", "{0: 'a', 2: 'b'}", "{x: 'a'}", "a,,\"\""])
    func `takes for labels only what is some`(_ text: String) {
        #expect(OnnxFile.labels(in: text) == nil)
    }

    @Test func `survives every cut and every flipped byte`() throws {
        for name in ["zipmap-text", "external", "symbols", "int8-qdq"] {
            let bytes = try ManyModels.bytes("\(name).onnx")
            for length in bytes.indices { _ = OnnxFile(Array(bytes.prefix(length))) }
            for index in bytes.indices {
                for mask: UInt8 in [1, 0x80, 0xFF] {
                    var flipped = bytes
                    flipped[index] ^= mask
                    _ = OnnxFile(flipped)
                }
            }
        }
    }

    @Test func `follows subgraphs to a fixed depth only`() {
        // A graph in an attribute of a node of a graph, and so on: fields 7, 1, 5 and 6.
        var inner: [UInt8] = []
        func wrapped(_ field: UInt8, _ content: [UInt8]) -> [UInt8] {
            var length = content.count
            var bytes = [field << 3 | 2]
            while length >= 0x80 {
                bytes.append(UInt8(length & 0x7F) | 0x80)
                length >>= 7
            }
            return bytes + [UInt8(length)] + content
        }
        for _ in 0..<2_000 { inner = wrapped(1, wrapped(5, wrapped(6, inner))) }
        let file = OnnxFile(wrapped(7, inner))
        #expect(file.classes.isEmpty)
    }
}
