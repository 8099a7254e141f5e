// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Makes a model's numbers of encoded frames.
///
/// Belongs to one thread: it keeps its memory from frame to frame and allocates nothing for frames
/// of the size it met last, beside what the decoding library does.
public struct FrameReader: Sendable {
    /// What the model wants.
    public let transform: FrameTransform
    /// Decodes within its limits.
    public let decoder: FrameDecoder
    private let tables: [[Float]]
    private var frame = PixelFrame()
    private var resizer = FrameResizer()
    private var fitted: [UInt8] = []

    /// Makes a reader.
    public init(_ transform: FrameTransform, limits: FrameLimits = FrameLimits()) {
        self.transform = transform
        decoder = FrameDecoder(limits: limits)
        tables = transform.tables()
    }

    /// Decodes `bytes` and writes `transform.count` numbers into `numbers`, which has that many
    /// places.
    ///
    /// The answer leads back from places in the numbers to places in the frame.
    @discardableResult
    public mutating func read(
        _ bytes: UnsafeRawBufferPointer,
        into numbers: UnsafeMutableBufferPointer<Float>
    ) throws(FrameError) -> FramePlacement {
        let transform = transform
        let (header, denominator) = try decoder.decode(
            bytes,
            into: &frame,
            wantsGrey: transform.color == .grey,
            isUpright: transform.isUpright,
            shrunk: { transform.denominator(for: $0) }
        )
        let swaps = transform.isUpright && header.orientation.swapsSides
        let placement = fit(
            width: Double(swaps ? header.height : header.width) / Double(denominator),
            height: Double(swaps ? header.width : header.height) / Double(denominator)
        )
        write(into: numbers)
        return placement
    }

    /// The frame resized into `fitted`; its size is without the part of a pixel a shrunk one has
    /// more.
    private mutating func fit(width: Double, height: Double) -> FramePlacement {
        let placement = transform.fit.placement(
            width: width,
            height: height,
            newWidth: transform.width,
            newHeight: transform.height,
            cropShare: transform.cropShare
        )
        let count = transform.width * transform.height * frame.channels
        if fitted.count != count {
            fitted = Array(repeating: transform.padding, count: count)
        } else if transform.fit == .letterbox {
            // The bars of the frame before lay elsewhere.
            fitted.withUnsafeMutableBufferPointer { $0.update(repeating: transform.padding) }
        }
        let stride = transform.width * frame.channels
        fitted.withUnsafeMutableBufferPointer { fitted in
            resizer.resize(
                frame,
                box: placement.box,
                width: placement.fittedWidth,
                height: placement.fittedHeight,
                filter: transform.filter,
                antialiases: transform.antialiases,
                into: fitted,
                offset: placement.top * stride + placement.left * frame.channels,
                stride: stride
            )
        }
        return placement
    }

    private func write(into numbers: UnsafeMutableBufferPointer<Float>) {
        let pixels = transform.width * transform.height
        let channels = transform.color.channels
        guard numbers.count >= pixels * channels else { return }
        let isPlanar = transform.layout == .nchw
        let step = isPlanar ? 1 : channels
        fitted.withUnsafeBufferPointer { fitted in
            for channel in 0..<channels {
                let from = transform.color == .bgr ? 2 - channel : channel
                let source = frame.channels == 1 ? 0 : from
                let width = frame.channels
                let first = isPlanar ? channel * pixels : channel
                tables[channel].withUnsafeBufferPointer { table in
                    for pixel in 0..<pixels {
                        let sample = Int(fitted[pixel &* width &+ source])
                        numbers[first &+ pixel &* step] = table[sample]
                    }
                }
            }
        }
    }
}
