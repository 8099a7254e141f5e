// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CJpeg

/// The one caller of CJpeg.
enum JpegCodec {
    /// The header's facts (`cjpeg_read_header`).
    static func header(
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int
    ) throws(FrameError) -> FrameHeader {
        var header = cjpeg_header()
        var fault = cjpeg_fault()
        guard cjpeg_read_header(bytes, count, &header, &fault) == 0 else {
            throw error(fault)
        }
        return FrameHeader(
            format: .jpeg,
            width: Int(header.width),
            height: Int(header.height),
            channels: header.is_grey != 0 ? 1 : 3
        )
    }

    /// What a side of `side` pixels measures at 1/denominator (`cjpeg_scaled`).
    static func scaled(_ side: Int, _ denominator: Int) -> Int {
        Int(cjpeg_scaled(Int32(side), Int32(denominator)))
    }

    /// Decodes at 1/denominator into `pixels`, which is exactly as large (`cjpeg_decode`).
    static func decode(
        _ bytes: UnsafePointer<UInt8>,
        _ count: Int,
        denominator: Int,
        wantsGrey: Bool,
        limits: FrameLimits,
        into pixels: UnsafeMutableBufferPointer<UInt8>
    ) throws(FrameError) {
        var options = cjpeg_options()
        options.denominator = Int32(denominator)
        options.wants_grey = wantsGrey ? 1 : 0
        options.most_scans = Int32(limits.scans)
        options.most_nanoseconds = limits.nanoseconds
        // A progressive frame keeps two bytes a coefficient, at most four channels of them.
        options.most_memory = Int64(limits.pixels) * 8 + (16 << 20)
        var fault = cjpeg_fault()
        let status = cjpeg_decode(
            bytes,
            count,
            &options,
            pixels.baseAddress,
            pixels.count,
            &fault
        )
        guard status == 0 else { throw error(fault, limits) }
    }

    private static func error(
        _ fault: cjpeg_fault,
        _ limits: FrameLimits = FrameLimits()
    ) -> FrameError {
        let words = CodecMessage.text(of: fault.message)
        switch Int(fault.status) {
        case CJPEG_UNSUPPORTED:
            return FrameError(.unsupported, "the JPEG is of a kind not decoded here: \(words)")
        case CJPEG_TOO_MANY_SCANS:
            return FrameError(.tooManyScans, "the JPEG has more than \(limits.scans) scans")
        case CJPEG_OUT_OF_TIME:
            return .outOfTime(limits)
        case CJPEG_OUT_OF_MEMORY:
            return FrameError(.outOfMemory, "the JPEG wants more memory than it may have")
        default:
            return FrameError(.damaged, "the JPEG is damaged: \(words)")
        }
    }
}
