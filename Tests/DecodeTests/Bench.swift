// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Vocabulary

/// A decoder with its batch, for one payload after another.
struct Bench {
    var decoder: Decoder
    var batch: ReadingBatch
    var captures = ["line": "4", "machine": "17"]

    init(
        format: ReadingSpec.Format = .json,
        sound: SoundSpec = SoundSpec(),
        fields: [ReadingSpec.Field] = [],
        each: String? = nil,
        device: String = "{line}/{machine}",
        time: String? = nil,
        unit: ReadingSpec.TimeUnit = .milliseconds,
        sequence: String? = nil,
        limits: DecodeLimits = DecodeLimits()
    ) throws {
        let spec = ReadingSpec(
            format: format,
            sound: sound,
            each: each,
            device: try Template(device),
            time: time,
            timeUnit: unit,
            sequence: sequence,
            fields: fields
        )
        decoder = try Decoder(spec: spec, limits: limits)
        batch = ReadingBatch(fieldCount: fields.count)
    }

    @discardableResult
    mutating func decode(_ bytes: [UInt8]) throws(DecodeError) -> Int {
        let captures = captures
        let payload = UnsafeMutableRawBufferPointer.allocate(
            byteCount: bytes.count,
            alignment: 1
        )
        defer { payload.deallocate() }
        payload.copyBytes(from: bytes)
        return try decoder.decode(
            message: 0,
            payload: UnsafeRawBufferPointer(payload),
            captures: { captures[$0] },
            into: &batch
        )
    }

    @discardableResult
    mutating func decode(_ text: String) throws(DecodeError) -> Int {
        try decode(Array(text.utf8))
    }

    /// The error `text` ends in; nil when it decodes.
    mutating func error(_ text: String) -> DecodeError? {
        error(Array(text.utf8))
    }

    mutating func error(_ bytes: [UInt8]) -> DecodeError? {
        let rows = batch.count
        let samples = batch.samples.count
        let files = batch.bytes.count
        do throws(DecodeError) {
            try decode(bytes)
            return nil
        } catch {
            // All or nothing, whatever the error.
            precondition(batch.count == rows && batch.samples.count == samples)
            precondition(batch.bytes.count == files)
            return error
        }
    }
}

func tree(_ bytes: [UInt8], limits: DecodeLimits = DecodeLimits()) throws(DecodeError) -> JSONValue
{
    var result: Result<JSONValue, DecodeError> = .success(.null)
    bytes.withUnsafeBytes { payload in
        do throws(DecodeError) {
            result = .success(try JSONValue(parsing: payload, limits: limits))
        } catch {
            result = .failure(error)
        }
    }
    return try result.get()
}

func tree(_ text: String) throws(DecodeError) -> JSONValue {
    try tree(Array(text.utf8))
}

/// SplitMix64 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
