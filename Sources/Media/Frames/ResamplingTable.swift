// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How samples between pixels are made; the kernels are Pillow's, by its names.
public enum FrameFilter: String, CaseIterable, Sendable {
    /// A tent of two pixels.
    case bilinear
    /// A cubic of four pixels with a = -0.5 (Keys, 1981).
    case bicubic
    /// The mean of the pixels covered.
    case area
    /// The nearest pixel.
    case nearest

    /// How far the kernel reaches, in pixels.
    var support: Double {
        switch self {
        case .bilinear: 1
        case .bicubic: 2
        case .area, .nearest: 0.5
        }
    }

    /// The kernel at `distance` from its centre.
    func weight(_ distance: Double) -> Double {
        let x = distance.magnitude
        switch self {
        case .bilinear: return x < 1 ? 1 - x : 0
        case .bicubic:
            if x < 1 { return (1.5 * x - 2.5) * x * x + 1 }
            return x < 2 ? -0.5 * (((x - 5) * x + 8) * x - 4) : 0
        case .area, .nearest: return distance > -0.5 && distance <= 0.5 ? 1 : 0
        }
    }
}

/// Which pixels of one axis make each new pixel, and with what weights, in fixed point.
///
/// As in Pillow's resampling of 8-bit images: kernels are stretched by the reduction
/// (antialiasing), cut at the border and normalised, the weights rounded to 22 bits.
struct ResamplingTable: Equatable {
    /// What a table is made of.
    struct Key: Equatable {
        var size: Int
        var low: Double
        var high: Double
        var newSize: Int
        var filter: FrameFilter
        var antialiases: Bool
    }

    static let precision: Int32 = 22

    let key: Key
    /// The first pixel that counts for each new pixel.
    private(set) var starts: [Int32] = []
    /// How many pixels count.
    private(set) var counts: [Int32] = []
    /// `width` weights for each new pixel, of which `counts` are used.
    private(set) var weights: [Int32] = []
    let width: Int

    /// True when every new pixel is the old one.
    var isIdentity: Bool { key.size == key.newSize && key.low == 0 && key.high == Double(key.size) }

    init(_ key: Key) {
        self.key = key
        let scale = (key.high - key.low) / Double(key.newSize)
        guard key.filter != .nearest else {
            width = 1
            for index in 0..<key.newSize {
                let place = Int(key.low + (Double(index) + 0.5) * scale)
                starts.append(Int32(min(max(place, 0), key.size - 1)))
                counts.append(1)
                weights.append(1 << Self.precision)
            }
            return
        }
        let stretch = key.antialiases ? max(scale, 1) : 1
        let support = key.filter.support * stretch
        width = Int(support.rounded(.up)) * 2 + 1
        for index in 0..<key.newSize {
            let centre = key.low + (Double(index) + 0.5) * scale
            let start = min(max(Int(centre - support + 0.5), 0), key.size - 1)
            let end = min(max(Int(centre + support + 0.5), start + 1), key.size, start + width)
            var kernel = (start..<end).map {
                key.filter.weight((Double($0) - centre + 0.5) / stretch)
            }
            let sum = kernel.reduce(0, +)
            // Beyond the border of a kernel without antialiasing: the nearest pixel.
            if sum == 0 { kernel[0] = 1 } else { kernel = kernel.map { $0 / sum } }
            starts.append(Int32(start))
            counts.append(Int32(kernel.count))
            for weight in kernel {
                weights.append(Int32((weight * Double(1 << Self.precision)).rounded()))
            }
            weights.append(contentsOf: repeatElement(0, count: width - kernel.count))
        }
    }
}
