// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Vocabulary

// Fuzz target of the decoder of payloads, for libFuzzer (see run.sh). An input is a byte that chooses
// the policy's `reading`, and then the payload.

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
    return [try Bench(flat), try Bench(nested)]
}

nonisolated(unsafe) private let benches = (try? makeBenches()) ?? []

/// Decodes one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    if benches.isEmpty { fatalError("the target's own policies can be read") }
    guard count > 0 else { return 0 }
    let bench = benches[Int(start[0]) % benches.count]
    let payload = UnsafeRawBufferPointer(start: start + 1, count: count - 1)
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
    if bench.batch.count > 64 { bench.batch.reset() }
    return 0
}
