// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Log-mel spectra and cepstral coefficients of sound, as one specification says.
///
/// Frames are tapered with a Hann window that closes with the next one (periodic). Owned by one thread;
/// its memory is used again.
final class MelPlan {
    let spec: MelSpec
    private let spectrum: SpectrumPlan
    private let taper: [Double]
    /// For each band, its first frequency and the weights from there on.
    private let filters: [(first: Int, weights: [Double])]
    /// The cosines of the transform to coefficients, row after row (DCT-II, orthonormal).
    private let cosines: [Double]
    private var frame: [Double]
    private var power: [Double]
    private var bands: [Double] = []

    init(_ spec: MelSpec) {
        self.spec = spec
        spectrum = SpectrumPlan(spec.size)
        taper = (0..<spec.size).map {
            0.5 - 0.5 * cos(2 * Double.pi * Double($0) / Double(spec.size))
        }
        filters = Self.filters(spec)
        cosines = Self.cosines(spec)
        frame = Array(repeating: 0, count: spec.size)
        power = Array(repeating: 0, count: spectrum.count)
    }

    /// Writes a row for each band or coefficient, with a number for each frame, to `room`.
    ///
    /// `room` has `spec.rows * spec.frames(of: sound.count)` places.
    func write(
        _ sound: UnsafeBufferPointer<Double>,
        into room: UnsafeMutableBufferPointer<Double>
    ) {
        let count = spec.frames(of: sound.count)
        let places = spec.bands * count
        guard count > 0, room.count == spec.rows * count else { return }
        if spec.coefficients == nil {
            fill(sound, count, room)
        } else {
            if bands.count < places { bands = Array(repeating: 0, count: places) }
            bands.withUnsafeMutableBufferPointer { bands in
                let bands = UnsafeMutableBufferPointer(rebasing: bands[..<places])
                fill(sound, count, bands)
                transform(UnsafeBufferPointer(bands), count, into: room)
            }
        }
    }

    private func fill(
        _ sound: UnsafeBufferPointer<Double>,
        _ count: Int,
        _ levels: UnsafeMutableBufferPointer<Double>
    ) {
        let start = spec.padding == .none ? 0 : -(spec.size / 2)
        // The spectrum is a mean square, and holds both halves but at its ends.
        let square = Double(spec.size) * Double(spec.size)
        for column in 0..<count {
            for index in frame.indices {
                frame[index] = sample(sound, start + column * spec.hop + index) * taper[index]
            }
            frame.withUnsafeBufferPointer { frame in
                power.withUnsafeMutableBufferPointer { power in
                    if let place = power.baseAddress { spectrum.spectrum(of: frame, into: place) }
                }
            }
            let isEven = spec.size.isMultiple(of: 2)
            for index in power.indices {
                let isEnd = index == 0 || (isEven && index == power.count - 1)
                power[index] *= isEnd ? square : square / 2
            }
            for (band, filter) in filters.enumerated() {
                var sum = 0.0
                for (offset, weight) in filter.weights.enumerated() {
                    sum += power[filter.first + offset] * weight
                }
                levels[band * count + column] = level(sum)
            }
        }
        guard spec.level == .decibels, let range = spec.range, let loudest = levels.max() else {
            return
        }
        for index in levels.indices { levels[index] = max(levels[index], loudest - range) }
    }

    private func sample(_ sound: UnsafeBufferPointer<Double>, _ place: Int) -> Double {
        if place >= 0, place < sound.count { return sound[place] }
        guard spec.padding == .reflection else { return 0 }
        let mirrored = place < 0 ? -place : 2 * (sound.count - 1) - place
        return mirrored >= 0 && mirrored < sound.count ? sound[mirrored] : 0
    }

    private func level(_ power: Double) -> Double {
        switch spec.level {
        case .power: power
        case .decibels: 10 * log10(max(power, MelSpec.leastPower))
        case .commonLogarithm: log10(max(power, MelSpec.leastPower))
        case .naturalLogarithm: log(max(power, MelSpec.leastPower))
        }
    }

    private func transform(
        _ levels: UnsafeBufferPointer<Double>,
        _ count: Int,
        into room: UnsafeMutableBufferPointer<Double>
    ) {
        for row in 0..<spec.rows {
            for column in 0..<count {
                var sum = 0.0
                for band in 0..<spec.bands {
                    sum += cosines[row * spec.bands + band] * levels[band * count + column]
                }
                room[row * count + column] = sum
            }
        }
    }

    private static func filters(_ spec: MelSpec) -> [(first: Int, weights: [Double])] {
        let (low, high) = (spec.mel(spec.low), spec.mel(spec.high))
        let edges = (0..<spec.bands + 2).map {
            spec.hertz(low + (high - low) * Double($0) / Double(spec.bands + 1))
        }
        let count = spec.size / 2 + 1
        return (0..<spec.bands).map { band in
            let (left, middle, right) = (edges[band], edges[band + 1], edges[band + 2])
            let height = spec.hasEqualAreas ? 2 / (right - left) : 1
            let weights = (0..<count).map { index in
                let hertz = Double(index) * spec.rate / Double(spec.size)
                let slope = min(
                    (hertz - left) / (middle - left),
                    (right - hertz) / (right - middle)
                )
                return max(0, slope) * height
            }
            guard let first = weights.firstIndex(where: { $0 > 0 }),
                let last = weights.lastIndex(where: { $0 > 0 })
            else { return (0, []) }
            return (first, Array(weights[first...last]))
        }
    }

    private static func cosines(_ spec: MelSpec) -> [Double] {
        guard let coefficients = spec.coefficients else { return [] }
        let count = Double(spec.bands)
        return (0..<coefficients).flatMap { row in
            (0..<spec.bands).map { band in
                let angle = Double.pi * Double(row) * (Double(band) + 0.5) / count
                return cos(angle) * (row == 0 ? 1 / count : 2 / count).squareRoot()
            }
        }
    }
}
