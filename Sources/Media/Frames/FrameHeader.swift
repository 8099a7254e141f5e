// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What the header of an encoded frame says, read without decoding it.
public struct FrameHeader: Equatable, Sendable {
    /// The formats a frame is sent in.
    public enum Format: String, CaseIterable, Sendable {
        /// ITU-T T.81, in a JFIF, Exif or bare file; eight bits, baseline or progressive.
        case jpeg
        /// ISO/IEC 15948.
        case png
    }

    /// The format, by the frame's first bytes.
    public var format: Format
    /// Pixels across, as stored.
    public var width: Int
    /// Pixels down, as stored.
    public var height: Int
    /// Channels it decodes to: 1 (brightness) or 3 (red, green, blue).
    public var channels: Int
    /// How it must be turned to stand upright.
    public var orientation: FrameOrientation

    /// Reads the header of `bytes` and holds it against `limits`.
    public init(
        of bytes: UnsafeRawBufferPointer,
        limits: FrameLimits = FrameLimits()
    ) throws(FrameError) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else {
            throw FrameError(.empty, "the frame has no bytes")
        }
        guard bytes.count <= limits.bytes else {
            throw FrameError(
                .tooLarge,
                "the frame has \(bytes.count) bytes; the limit is \(limits.bytes)"
            )
        }
        let start = base.assumingMemoryBound(to: UInt8.self)
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = try JpegCodec.header(start, bytes.count)
            orientation = FrameOrientation(ofJpeg: bytes)
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = try PngCodec.header(start, bytes.count)
        } else {
            throw FrameError(.unknownFormat, "the bytes are neither a JPEG nor a PNG")
        }
        guard width <= limits.side, height <= limits.side else {
            throw FrameError(
                .tooLarge,
                "the frame is \(width) x \(height); the limit is \(limits.side) a side"
            )
        }
        guard width * height <= limits.pixels else {
            throw FrameError(
                .tooLarge,
                "the frame is \(width) x \(height); the limit is \(limits.pixels) pixels"
            )
        }
    }

    init(format: Format, width: Int, height: Int, channels: Int) {
        self.format = format
        self.width = width
        self.height = height
        self.channels = channels
        orientation = .upright
    }
}
