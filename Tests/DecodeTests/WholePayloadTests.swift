// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Testing
import Vocabulary

@Suite struct `A payload that is one field` {
    typealias Field = ReadingSpec.Field

    private func bench(_ sound: SoundSpec) throws -> Bench {
        try Bench(
            format: .pcm,
            sound: sound,
            fields: [Field(name: "sound", path: "sound", kind: .samples)]
        )
    }

    private func samples(_ bytes: [UInt8], _ sound: SoundSpec) throws -> [Double] {
        var bench = try bench(sound)
        let count = try bench.decode(bytes)
        #expect(count == 1)
        #expect(bench.batch[0, 0] == .samples(0..<bench.batch.samples.count))
        #expect(bench.batch.rows[0].device == "4/17")
        return bench.batch.samples
    }

    @Test func `is a frame as it came`() throws {
        var bench = try Bench(
            format: .image,
            fields: [Field(name: "frame", path: "frame", kind: .bytes)]
        )
        try bench.decode([0xFF, 0xD8, 0x00])
        try bench.decode([1])
        #expect(bench.batch[0, 0] == .bytes(0..<3))
        #expect(bench.batch[1, 0] == .bytes(3..<4))
        #expect(bench.batch.bytes == [0xFF, 0xD8, 0, 1])
        #expect(bench.batch.rows[0].device == "4/17" && bench.batch.rows[0].sequence == nil)
        #expect(bench.error([])?.code == .empty)
    }

    @Test func `is sound in every encoding`() throws {
        let spec = { SoundSpec(encoding: $0) }
        #expect(try samples([0, 128, 255], spec(.u8)) == [-1, 0, 127.0 / 128])
        #expect(try samples([0, 0x80, 1, 0], spec(.s16le)) == [-1, 1.0 / 32_768])
        #expect(try samples([0x80, 0, 0, 1], spec(.s16be)) == [-1, 1.0 / 32_768])
        #expect(try samples([0, 0, 0x80, 1, 0, 0], spec(.s24le)) == [-1, 1.0 / 8_388_608])
        #expect(try samples([0, 0, 0, 0x80], spec(.s32le)) == [-1])
        #expect(try samples([0, 0, 0xC0, 0x3F], spec(.f32le)) == [1.5])
    }

    @Test func `is the mean of the channels, or one of them`() throws {
        let bytes: [UInt8] = [0, 0x40, 0, 0xC0, 0, 0x20, 0, 0x20]
        #expect(try samples(bytes, SoundSpec(channels: 2)) == [0, 0.25])
        #expect(try samples(bytes, SoundSpec(channels: 2, channel: 1)) == [0.5, 0.25])
        #expect(try samples(bytes, SoundSpec(channels: 2, channel: 2)) == [-0.5, 0.25])
    }

    @Test func `is refused where samples are cut or are no numbers`() throws {
        var stereo = try bench(SoundSpec(channels: 2))
        #expect(
            stereo.error([1, 2, 3, 4, 5, 6])
                == DecodeError(
                    code: .samples,
                    message: "the payload's 6 bytes are no whole number of 4-byte frames",
                    offset: 4
                )
        )
        #expect(stereo.error([])?.code == .empty)
        var floats = try bench(SoundSpec(encoding: .f32le))
        #expect(
            floats.error([0, 0, 0, 0, 0, 0, 0x80, 0x7F])
                == DecodeError(code: .samples, message: "a sample is no finite number", offset: 4)
        )
    }
}

@Suite struct `A file inside JSON` {
    private func file(_ text: String, isRequired: Bool = true) throws -> [UInt8]? {
        var bench = try Bench(
            fields: [.init(name: "f", path: "f", kind: .bytes, isRequired: isRequired)]
        )
        if let error = bench.error(text) { throw error }
        guard case .bytes(let range) = bench.batch[0, 0] else { return nil }
        return Array(bench.batch.bytes[range])
    }

    private func code(_ text: String) -> DecodeError.Code? {
        do {
            _ = try file(text)
            return nil
        } catch {
            return (error as? DecodeError)?.code
        }
    }

    @Test(
        arguments: [
            ("Zg==", "f"), ("Zg", "f"), ("Zm8=", "fo"), ("Zm8", "fo"), ("Zm9v", "foo"),
            ("Zm9vYmE=", "fooba"), ("Zm9vYmFy", "foobar"),
            ("data:image/png;base64,Zm9v", "foo"),
        ]
    )
    func `is its Base64, padded or not`(text: String, file: String) throws {
        #expect(try self.file(#"{"f": "\#(text)"}"#) == Array(file.utf8))
    }

    @Test func `may use either alphabet, and escapes`() throws {
        let bytes: [UInt8] = [0xFB, 0xEF, 0xFF]
        #expect(try file(#"{"f": "++//"}"#) == bytes)
        #expect(try file(#"{"f": "--__"}"#) == bytes)
        #expect(try file(#"{"f": "++\/\/"}"#) == bytes)
    }

    @Test func `may be missing where it is not required`() throws {
        #expect(try file(#"{"f": null}"#, isRequired: false) == nil)
    }

    @Test(arguments: ["", "=", "Z", "Zg=", "Zm9v=", "Zg===", "Zm 8", "Zh", "Zm9v\n", "data:", "é"])
    func `is refused where it is no Base64`(text: String) {
        let escaped = text.replacing("\n", with: #"\n"#)
        #expect(code(#"{"f": "\#(escaped)"}"#) == .base64)
    }

    @Test func `is not a number`() {
        #expect(code(#"{"f": 7}"#) == .wrongKind)
    }
}
