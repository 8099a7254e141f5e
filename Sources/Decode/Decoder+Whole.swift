// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

// Payloads that are one field as they stand: a camera's frame, or sound.
extension Decoder {
    /// Takes the payload as the one reading it is.
    ///
    /// Whether a frame is one is seen where a model wants its pixels: its finding fails then, and the
    /// policy decides what becomes of the message.
    mutating func takeWhole(
        _ bytes: Span<UInt8>,
        into batch: inout ReadingBatch
    ) throws(DecodeFault) {
        guard bytes.count > 0 else { throw .emptyPayload }
        rows.append(Staged())
        for _ in plan.devicePartNames { parts.append(nil) }
        let place = batch.begin()
        guard batch.fieldCount > 0 else { return }
        switch plan.spec.format {
        case .json: break
        case .image:
            batch.put(.bytes(bytes.withUnsafeBytes { batch.appendBytes($0) }), at: place)
        case .pcm:
            let sound = try appendSound(bytes, plan.spec.sound, into: &batch)
            batch.put(.samples(sound), at: place)
        }
    }

    private func appendSound(
        _ bytes: Span<UInt8>,
        _ sound: SoundSpec,
        into batch: inout ReadingBatch
    ) throws(DecodeFault) -> Range<Int> {
        let width = sound.encoding.width
        let frame = width * sound.channels
        guard bytes.count % frame == 0 else {
            throw .brokenFrame(bytes: bytes.count, width: frame)
        }
        let start = batch.samples.count
        // One channel is taken from the place where it stands; the mean of all adds them up.
        let channels =
            sound.channel.map { $0 - 1..<$0 }.map { $0.clamped(to: 0..<sound.channels) }
            ?? 0..<sound.channels
        let share = 1 / Double(max(1, channels.count))
        for place in stride(from: 0, to: bytes.count, by: frame) {
            var sum = 0.0
            for channel in channels {
                sum += sound.encoding.sample(bytes, place + channel * width)
            }
            guard sum.isFinite else { throw .wildSample(offset: place) }
            batch.appendSample(sum * share)
        }
        return start..<batch.samples.count
    }
}

extension SoundSpec.Encoding {
    /// The sample whose first byte is at `place`.
    @inline(__always)
    func sample(_ bytes: Span<UInt8>, _ place: Int) -> Double {
        func byte(_ offset: Int) -> UInt32 { UInt32(bytes[place + offset]) }
        switch self {
        case .u8:
            return (Double(byte(0)) - 128) / 128
        case .s16le:
            return Double(Int16(truncatingIfNeeded: byte(0) | byte(1) << 8)) / 32_768
        case .s16be:
            return Double(Int16(truncatingIfNeeded: byte(1) | byte(0) << 8)) / 32_768
        case .s24le:
            // Into the upper three bytes, which brings the sign.
            let word = Int32(bitPattern: byte(0) << 8 | byte(1) << 16 | byte(2) << 24)
            return Double(word) / 2_147_483_648
        case .s32le:
            let word = Int32(bitPattern: byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24)
            return Double(word) / 2_147_483_648
        case .f32le:
            let word = byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24
            return Double(Float(bitPattern: word))
        }
    }
}
