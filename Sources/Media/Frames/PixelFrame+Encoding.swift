// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension PixelFrame {
    /// The frame as a PNG.
    ///
    /// Blocks while it compresses. Throws `outOfMemory`, or `damaged` where libpng will not write it.
    public func png() throws(FrameError) -> [UInt8] {
        try PngCodec.encode(self)
    }
}
