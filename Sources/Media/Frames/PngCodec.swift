// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CPng

/// The one caller of CPng.
enum PngCodec {
    /// The header's facts (`cpng_read_header`).
    static func header(
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int
    ) throws(FrameError) -> FrameHeader {
        var header = cpng_header()
        var fault = cpng_fault()
        guard cpng_read_header(bytes, count, &header, &fault) == 0 else {
            throw error(fault, FrameLimits())
        }
        return FrameHeader(
            format: .png,
            width: Int(header.width),
            height: Int(header.height),
            channels: Int(header.channels)
        )
    }

    /// Decodes into `pixels`, which is exactly as large (`cpng_decode`).
    static func decode(
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int,
        limits: FrameLimits,
        into pixels: UnsafeMutableBufferPointer<UInt8>
    ) throws(FrameError) {
        var fault = cpng_fault()
        let status = cpng_decode(
            bytes,
            count,
            limits.nanoseconds,
            pixels.baseAddress,
            pixels.count,
            &fault
        )
        guard status == 0 else { throw error(fault, limits) }
    }

    /// Encodes a frame (`cpng_encode`).
    static func encode(_ frame: PixelFrame) throws(FrameError) -> [UInt8] {
        var fault = cpng_fault()
        var bytes: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = cpng_encode(
            frame.samples,
            Int32(clamping: frame.width),
            Int32(clamping: frame.height),
            Int32(clamping: frame.channels),
            &bytes,
            &count,
            &fault
        )
        defer { cpng_free(bytes) }
        guard status == 0, let bytes else { throw error(fault, FrameLimits()) }
        return Array(UnsafeBufferPointer(start: bytes, count: count))
    }

    private static func error(_ fault: cpng_fault, _ limits: FrameLimits) -> FrameError {
        switch Int(fault.status) {
        case CPNG_OUT_OF_TIME: .outOfTime(limits)
        case CPNG_OUT_OF_MEMORY:
            FrameError(.outOfMemory, "the PNG wants more memory than it may have")
        default:
            FrameError(.damaged, "the PNG is damaged: \(CodecMessage.text(of: fault.message))")
        }
    }
}

/// What the C libraries say, which is text in a fixed array.
enum CodecMessage {
    /// The text up to its first zero byte, in printable ASCII.
    static func text<Characters>(of characters: Characters) -> String {
        withUnsafeBytes(of: characters) { bytes in
            let words = bytes.prefix { $0 != 0 }.map { (0x20...0x7E).contains($0) ? $0 : 0x3F }
            return String(decoding: words, as: UTF8.self)
        }
    }
}

extension FrameError {
    static func outOfTime(_ limits: FrameLimits) -> Self {
        Self(.outOfTime, "decoding took longer than \(limits.nanoseconds / 1_000_000) ms")
    }
}
