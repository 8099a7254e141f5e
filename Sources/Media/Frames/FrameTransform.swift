// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a model wants of a frame: size, colours, order and range of its numbers.
public struct FrameTransform: Equatable, Sendable {
    /// Which colours, in which order.
    public enum Color: String, CaseIterable, Sendable {
        /// Red, green, blue.
        case rgb
        /// Blue, green, red, as OpenCV has them.
        case bgr
        /// Brightness alone.
        case grey

        /// How many numbers a pixel has.
        public var channels: Int { self == .grey ? 1 : 3 }
    }

    /// In which order the numbers stand.
    public enum Layout: String, CaseIterable, Sendable {
        /// One whole plane a channel, as PyTorch has them.
        case nchw
        /// The channels of a pixel side by side, as TensorFlow has them.
        case nhwc
    }

    /// Pixels across.
    public var width: Int
    /// Pixels down.
    public var height: Int
    /// How frames of another shape are fitted.
    public var fit: FrameFit
    /// The colours.
    public var color: Color
    /// The order.
    public var layout: Layout
    /// Each number is (sample × scale - mean) / std, the sample being 0…255.
    public var scale: Double
    /// One number a channel, in the order of `color`; or one for all.
    public var mean: [Double]
    /// One number a channel, in the order of `color`; or one for all.
    public var std: [Double]
    /// How pixels are resampled.
    public var filter: FrameFilter
    /// False for kernels that are not stretched when a frame is reduced (as in OpenCV).
    public var antialiases: Bool
    /// The bars of a letterbox, 0…255.
    public var padding: UInt8
    /// How much of the shorter side `crop` keeps, 0…1.
    public var cropShare: Double
    /// True when Exif's orientation is obeyed.
    public var isUpright: Bool
    /// True when a large JPEG may be decoded at a fraction of its size, at least twice the model's.
    public var decodesShrunk: Bool

    /// Makes a transform to numbers 0…1.
    public init(
        width: Int,
        height: Int,
        fit: FrameFit = .stretch,
        color: Color = .rgb,
        layout: Layout = .nchw,
        scale: Double = 1 / 255,
        mean: [Double] = [0],
        std: [Double] = [1],
        filter: FrameFilter = .bilinear,
        antialiases: Bool = true,
        padding: UInt8 = 114,
        cropShare: Double = 1,
        isUpright: Bool = true,
        decodesShrunk: Bool = true
    ) {
        self.width = max(1, width)
        self.height = max(1, height)
        self.fit = fit
        self.color = color
        self.layout = layout
        self.scale = scale
        self.mean = mean
        self.std = std
        self.filter = filter
        self.antialiases = antialiases
        self.padding = padding
        self.cropShare = min(max(cropShare, 0.01), 1)
        self.isUpright = isUpright
        self.decodesShrunk = decodesShrunk
    }

    /// How many numbers it makes of a frame.
    public var count: Int { width * height * color.channels }

    /// The number of every sample 0…255 of every channel.
    func tables() -> [[Float]] {
        (0..<color.channels).map { channel in
            let mean = mean.count > channel ? mean[channel] : mean.first ?? 0
            let std = std.count > channel ? std[channel] : std.first ?? 1
            return (0..<256).map { Float((Double($0) * scale - mean) / std) }
        }
    }

    /// At which fraction a JPEG may be decoded so that at least twice the model's pixels are left.
    func denominator(for header: FrameHeader) -> Int {
        guard decodesShrunk, antialiases, filter != .nearest else { return 1 }
        let swaps = isUpright && header.orientation.swapsSides
        let placement = fit.placement(
            width: Double(swaps ? header.height : header.width),
            height: Double(swaps ? header.width : header.height),
            newWidth: width,
            newHeight: height,
            cropShare: cropShare
        )
        let reduction = min(
            (placement.box.right - placement.box.left) / Double(placement.fittedWidth),
            (placement.box.bottom - placement.box.top) / Double(placement.fittedHeight)
        )
        let denominator = [8, 4, 2].first { reduction >= Double($0) * 2 } ?? 1
        // A turned frame has its fraction of a pixel at the wrong edge.
        let isTurned = isUpright && header.orientation != .upright
        let isEven = header.width % denominator == 0 && header.height % denominator == 0
        return isTurned && !isEven ? 1 : denominator
    }
}
