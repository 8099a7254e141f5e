// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The bounds a camera frame must keep; beyond any of them it is not decoded.
///
/// Width and height are read from the frame's header, before any memory is taken for its pixels.
public struct FrameLimits: Hashable, Sendable {
    /// Bytes of the encoded frame.
    public var bytes: Int
    /// Width times height.
    public var pixels: Int
    /// Pixels of either side.
    public var side: Int
    /// Scans of a progressive JPEG: an ordinary one has ten, a bomb thousands over the whole frame.
    public var scans: Int
    /// How long one decode may take, in nanoseconds.
    public var nanoseconds: Int64

    /// Makes limits; every bound is at least 1.
    public init(
        bytes: Int = 32 << 20,
        pixels: Int = 16 << 20,
        side: Int = 16_384,
        scans: Int = 64,
        nanoseconds: Int64 = 2_000_000_000
    ) {
        self.bytes = max(1, bytes)
        self.pixels = max(1, pixels)
        self.side = max(1, side)
        self.scans = min(max(1, scans), 1 << 20)
        self.nanoseconds = max(1, nanoseconds)
    }
}
