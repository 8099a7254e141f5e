// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Decodes JPEG and PNG frames from untrusted bytes.
///
/// Grey, colour, palette, interlaced, 16-bit (reduced to its upper eight), transparent (alpha taken
/// away) and CMYK frames become brightness or red, green, blue. A frame that is damaged anywhere is
/// refused whole, because a model would judge the pixels a decoder makes up for it.
public struct FrameDecoder: Sendable {
    /// The bounds every frame must keep.
    public var limits: FrameLimits

    /// Makes a decoder.
    public init(limits: FrameLimits = FrameLimits()) {
        self.limits = limits
    }

    /// Decodes `bytes` into `frame`, whose memory is used again; upright if `isUpright`.
    ///
    /// With `wantsGrey` there is one channel: a JPEG's own brightness, or the weighted sum of
    /// colours. `shrunk` allows a JPEG to be decoded at 1/2, 1/4 or 1/8 as long as the fraction
    /// given is no larger. Returns the header and the fraction's denominator. On an error `frame`
    /// holds anything.
    @discardableResult
    public func decode(
        _ bytes: UnsafeRawBufferPointer,
        into frame: inout PixelFrame,
        wantsGrey: Bool = false,
        isUpright: Bool = true,
        shrunk: (FrameHeader) -> Int = { _ in 1 }
    ) throws(FrameError) -> (header: FrameHeader, denominator: Int) {
        let header = try FrameHeader(of: bytes, limits: limits)
        guard let base = bytes.baseAddress else { throw FrameError(.empty, "no bytes") }
        let start = base.assumingMemoryBound(to: UInt8.self)
        let denominator = header.format == .jpeg ? Self.power(atMost: shrunk(header)) : 1
        let isGrey = header.channels == 1 || (wantsGrey && header.format == .jpeg)
        frame.reshape(
            width: JpegCodec.scaled(header.width, denominator),
            height: JpegCodec.scaled(header.height, denominator),
            channels: isGrey ? 1 : 3
        )
        let result = frame.samples.withUnsafeMutableBufferPointer { pixels in
            Result { () throws(FrameError) in
                switch header.format {
                case .jpeg:
                    try JpegCodec.decode(
                        start,
                        bytes.count,
                        denominator: denominator,
                        wantsGrey: isGrey,
                        limits: limits,
                        into: pixels
                    )
                case .png:
                    try PngCodec.decode(start, bytes.count, limits: limits, into: pixels)
                }
            }
        }
        try result.get()
        if wantsGrey { frame.becomeGrey() }
        if isUpright { frame.turn(header.orientation) }
        return (header, denominator)
    }

    private static func power(atMost denominator: Int) -> Int {
        switch denominator {
        case 8...: 8
        case 4...: 4
        case 2...: 2
        default: 1
        }
    }
}
