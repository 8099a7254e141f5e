// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Decoded pixels: eight bits a sample, row after row, the channels of a pixel side by side.
public struct PixelFrame: Equatable, Sendable {
    /// Pixels across.
    public internal(set) var width: Int
    /// Pixels down.
    public internal(set) var height: Int
    /// 1 (brightness) or 3 (red, green, blue).
    public internal(set) var channels: Int
    /// The samples: `width * height * channels` of them.
    public internal(set) var samples: [UInt8]

    /// Makes an empty frame, to be decoded into.
    public init() {
        width = 0
        height = 0
        channels = 1
        samples = []
    }

    /// Makes a frame of `samples`, as many as the sizes say; nil otherwise.
    public init?(width: Int, height: Int, channels: Int, samples: [UInt8]) {
        guard width > 0, height > 0, channels == 1 || channels == 3,
            samples.count == width * height * channels
        else { return nil }
        self.width = width
        self.height = height
        self.channels = channels
        self.samples = samples
    }

    /// Makes room for a frame of another size; the samples hold anything.
    mutating func reshape(width: Int, height: Int, channels: Int) {
        self.width = width
        self.height = height
        self.channels = channels
        let count = width * height * channels
        if samples.count > count {
            samples.removeLast(samples.count - count)
        } else if samples.count < count {
            samples.append(contentsOf: repeatElement(0, count: count - samples.count))
        }
    }

    /// Makes one channel of brightness of three, by ITU-R BT.601's weights in 16 bits as Pillow
    /// does.
    mutating func becomeGrey() {
        guard channels == 3 else { return }
        let pixels = width * height
        samples.withUnsafeMutableBufferPointer { samples in
            for pixel in 0..<pixels {
                let red = UInt32(samples[pixel * 3]) * 19_595
                let green = UInt32(samples[pixel * 3 + 1]) * 38_470
                let blue = UInt32(samples[pixel * 3 + 2]) * 7_471
                samples[pixel] = UInt8(truncatingIfNeeded: (red + green + blue + 0x8000) >> 16)
            }
        }
        reshape(width: width, height: height, channels: 1)
    }

    /// Turns the frame as `orientation` asks.
    mutating func turn(_ orientation: FrameOrientation) {
        guard orientation != .upright else { return }
        var turned = PixelFrame()
        let swaps = orientation.swapsSides
        turned.reshape(
            width: swaps ? height : width,
            height: swaps ? width : height,
            channels: channels
        )
        for row in 0..<turned.height {
            for column in 0..<turned.width {
                let (x, y) = source(of: column, row, orientation)
                let from = (y * width + x) * channels
                let to = (row * turned.width + column) * channels
                for channel in 0..<channels {
                    turned.samples[to + channel] = samples[from + channel]
                }
            }
        }
        self = turned
    }

    private func source(
        of x: Int,
        _ y: Int,
        _ orientation: FrameOrientation
    ) -> (x: Int, y: Int) {
        switch orientation {
        case .upright: (x, y)
        case .mirrored: (width - 1 - x, y)
        case .upsideDown: (width - 1 - x, height - 1 - y)
        case .flipped: (x, height - 1 - y)
        case .transposed: (y, x)
        case .turnedLeft: (y, height - 1 - x)
        case .transversed: (width - 1 - y, height - 1 - x)
        case .turnedRight: (width - 1 - y, x)
        }
    }
}
