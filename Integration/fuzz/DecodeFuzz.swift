// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

// Fuzz target of the decoder of payloads, for libFuzzer (see run.sh). An input is a byte that chooses how it is
// read (a policy's `reading`, or the tree that conditions see), and then the payload. Compiled into one module
// with the decoder.

private typealias Field = ReadingSpec.Field

/// A decoder and what it fills; kept from run to run, on one thread.
private final class Bench {
    var decoder: Decoder
    var batch: ReadingBatch

    init(_ spec: ReadingSpec) throws {
        decoder = try Decoder(spec: spec)
        batch = ReadingBatch(fieldCount: spec.fields.count)
    }
}

private func makeBenches() throws -> [Bench] {
    let flat = ReadingSpec(
        device: try Template("{line}"),
        time: "ts",
        sequence: "n",
        fields: [
            Field(name: "t", path: "t", kind: .number),
            Field(name: "s", path: "a.b", kind: .text, isRequired: false),
            Field(name: "v", path: "v", kind: .samples, isRequired: false),
            Field(name: "p", path: "p[1][0]", kind: .any, isRequired: false),
            Field(name: "f", path: "f", kind: .bytes, isRequired: false),
            Field(name: "o", path: "o", kind: .flag, isRequired: false),
        ]
    )
    let nested = ReadingSpec(
        each: "d.r",
        device: try Template("{line}/{payload.id}"),
        time: "ts",
        timeUnit: .seconds,
        sequence: "n",
        fields: [Field(name: "v", path: "v", kind: .any)]
    )
    let written = ReadingSpec(
        device: try Template("{payload.id}"),
        time: "ts",
        timeUnit: .rfc3339,
        fields: [Field(name: "v", path: "v", kind: .number, isRequired: false)]
    )
    let sounds = SoundSpec.Encoding.allCases.flatMap { encoding in
        [
            SoundSpec(encoding: encoding),
            SoundSpec(encoding: encoding, channels: 3, channel: encoding == .u8 ? 2 : nil),
        ]
    }
    let heard = try sounds.map { sound in
        ReadingSpec(
            format: .pcm,
            sound: sound,
            device: try Template("{line}"),
            fields: [Field(name: "sound", path: "", kind: .samples)]
        )
    }
    // Sound is read in few ways, JSON in many: the places say how often each is tried.
    let benches = try [flat, nested, written].map { try Bench($0) }
    let sound = try heard.map { try Bench($0) }
    return (0..<63).map { $0 < 51 ? benches[$0 % 3] : sound[$0 - 51] }
}

nonisolated(unsafe) private let benches = (try? makeBenches()) ?? []

/// Decodes one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    if benches.isEmpty { fatalError("the target's own policies can be read") }
    guard count > 0 else { return 0 }
    let payload = UnsafeRawBufferPointer(start: start + 1, count: count - 1)
    let choice = Int(start[0]) % 64
    guard choice < benches.count else {
        do throws(DecodeError) {
            _ = try JSONValue(parsing: payload)
        } catch {
            if error.message.isEmpty { fatalError("every error says what is wrong") }
        }
        return 0
    }
    let bench = benches[choice]
    let before = bench.batch.count
    do {
        let made = try bench.decoder.decode(
            message: 0,
            payload: payload,
            captures: { $0 == "line" ? "4" : nil },
            into: &bench.batch
        )
        if bench.batch.count != before + made { fatalError("as many as it says") }
    } catch {
        if bench.batch.count != before { fatalError("a bad payload leaves nothing") }
        if error.message.isEmpty { fatalError("every error says what is wrong") }
    }
    if bench.batch.count > 64 || bench.batch.samples.count > 4_096 { bench.batch.reset() }
    return 0
}
