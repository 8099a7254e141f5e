// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Resizes 8-bit frames: first across, then down, each rounded to eight bits, as Pillow does.
///
/// Keeps the tables of the last size, because a camera's frames have all the same, and its memory.
/// Belongs to one thread.
public struct FrameResizer: Sendable {
    private var across: ResamplingTable?
    private var down: ResamplingTable?
    private var between: [UInt8] = []
    private var sums: [Int32] = []

    /// Makes a resizer.
    public init() {}

    /// Resizes the part `box` of `frame` to `width` x `height` pixels.
    ///
    /// `box` is left, top, right, bottom in pixels and fractions of them, inside the frame. The
    /// rows go into `target` from `offset` on, `stride` samples apart.
    mutating func resize(
        _ frame: borrowing PixelFrame,
        box: FrameBox,
        width: Int,
        height: Int,
        filter: FrameFilter,
        antialiases: Bool,
        into target: UnsafeMutableBufferPointer<UInt8>,
        offset: Int,
        stride: Int
    ) {
        let across = Self.table(
            across,
            .init(
                size: frame.width,
                low: box.left,
                high: box.right,
                newSize: width,
                filter: filter,
                antialiases: antialiases
            )
        )
        self.across = across
        let down = Self.table(
            down,
            .init(
                size: frame.height,
                low: box.top,
                high: box.bottom,
                newSize: height,
                filter: filter,
                antialiases: antialiases
            )
        )
        self.down = down
        let channels = frame.channels
        let row = width * channels
        let first = down.starts.map { Int($0) }.min() ?? 0
        let last = zip(down.starts, down.counts).map { Int($0) + Int($1) }.max() ?? frame.height
        let count = row * (last - first)
        if between.count < count {
            between.append(contentsOf: repeatElement(0, count: count - between.count))
        }
        if sums.count < row { sums = Array(repeating: 0, count: row) }
        frame.samples.withUnsafeBufferPointer { samples in
            between.withUnsafeMutableBufferPointer { between in
                Self.squeeze(
                    samples,
                    frame.width,
                    channels,
                    rows: first..<last,
                    across,
                    into: between
                )
                sums.withUnsafeMutableBufferPointer { sums in
                    Self.stack(
                        UnsafeBufferPointer(between),
                        row,
                        from: first,
                        down,
                        sums,
                        into: target,
                        offset: offset,
                        stride: stride
                    )
                }
            }
        }
    }

    private static func table(
        _ last: ResamplingTable?,
        _ key: ResamplingTable.Key
    ) -> ResamplingTable {
        if let last, last.key == key { return last }
        return ResamplingTable(key)
    }

    @inline(__always)
    private static func clipped(_ sum: Int32) -> UInt8 {
        UInt8(truncatingIfNeeded: max(0, min(sum >> ResamplingTable.precision, 255)))
    }

    private static let half: Int32 = 1 << (ResamplingTable.precision - 1)

    /// Across: each row on its own.
    private static func squeeze(
        _ samples: UnsafeBufferPointer<UInt8>,
        _ width: Int,
        _ channels: Int,
        rows: Range<Int>,
        _ table: ResamplingTable,
        into target: UnsafeMutableBufferPointer<UInt8>
    ) {
        let newWidth = table.key.newSize
        table.weights.withUnsafeBufferPointer { weights in
            for row in rows {
                let from = row * width * channels
                let to = (row - rows.lowerBound) * newWidth * channels
                if table.isIdentity {
                    for index in 0..<width * channels { target[to + index] = samples[from + index] }
                    continue
                }
                for column in 0..<newWidth {
                    let start = from + Int(table.starts[column]) * channels
                    let count = Int(table.counts[column])
                    let first = column * table.width
                    if channels == 1 {
                        var sum = half
                        for index in 0..<count {
                            sum &+= Int32(samples[start &+ index]) &* weights[first &+ index]
                        }
                        target[to + column] = clipped(sum)
                        continue
                    }
                    var (red, green, blue) = (half, half, half)
                    for index in 0..<count {
                        let weight = weights[first &+ index]
                        let place = start &+ index &* 3
                        red &+= Int32(samples[place]) &* weight
                        green &+= Int32(samples[place &+ 1]) &* weight
                        blue &+= Int32(samples[place &+ 2]) &* weight
                    }
                    target[to + column * 3] = clipped(red)
                    target[to + column * 3 + 1] = clipped(green)
                    target[to + column * 3 + 2] = clipped(blue)
                }
            }
        }
    }

    /// Down: whole rows at once, which the machine does several samples at a time.
    private static func stack(
        _ samples: UnsafeBufferPointer<UInt8>,
        _ row: Int,
        from first: Int,
        _ table: ResamplingTable,
        _ sums: UnsafeMutableBufferPointer<Int32>,
        into target: UnsafeMutableBufferPointer<UInt8>,
        offset: Int,
        stride: Int
    ) {
        for newRow in 0..<table.key.newSize {
            for index in 0..<row { sums[index] = half }
            let start = Int(table.starts[newRow]) - first
            for tap in 0..<Int(table.counts[newRow]) {
                let weight = table.weights[newRow * table.width + tap]
                let from = (start + tap) * row
                for index in 0..<row {
                    sums[index] &+= Int32(samples[from &+ index]) &* weight
                }
            }
            let to = offset + newRow * stride
            for index in 0..<row { target[to &+ index] = clipped(sums[index]) }
        }
    }
}

/// A part of a frame, in pixels and fractions of them.
public struct FrameBox: Equatable, Sendable {
    /// The left edge.
    public var left: Double
    /// The upper edge.
    public var top: Double
    /// The right edge.
    public var right: Double
    /// The lower edge.
    public var bottom: Double

    /// Makes a box.
    public init(left: Double, top: Double, right: Double, bottom: Double) {
        self.left = left
        self.top = top
        self.right = right
        self.bottom = bottom
    }
}
